from django.urls import path

from . import views

app_name = "books"
urlpatterns = [
    path("<int:pk>/lend/", views.lend, name="lend"),
    path("", views.BookList.as_view(), name="list"),
]

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views import View
from django.views.decorators.http import require_POST

from .models import Book


@require_POST
def lend(request, pk):
    book = get_object_or_404(Book, pk=pk)
    if book.is_lent:
        return HttpResponse("lent already", status=409)
    book.lent_to = request.POST.get("to", "")
    if not book.lent_to:
        return HttpResponse("to whom?", status=400)
    book.save()
    return JsonResponse({"title": book.title, "to": book.lent_to})


class BookList(View):
    def get(self, request):
        books = Book.objects.order_by("title")
        if title := request.GET.get("title"):
            books = books.filter(title__icontains=title)
        return JsonResponse({"books": [book.title for book in books]})

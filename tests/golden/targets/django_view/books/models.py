from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=100)
    lent_to = models.CharField(max_length=50, blank=True, default="")

    @property
    def is_lent(self):
        return bool(self.lent_to)

from django.db import models


class Entry(models.Model):
    name = models.CharField(max_length=60)
    text = models.TextField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

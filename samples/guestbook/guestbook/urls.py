from django.urls import path

from entries.views import guestbook

urlpatterns = [path("", guestbook, name="guestbook")]

"""Pages for people outside: the form of a website and the private page of a thread."""

from django.urls import path

from glede.web.visitor import views

app_name = "visitor"
urlpatterns = [
    path("w/<str:key>/", views.form, name="form"),
    path("w/<str:key>/thanks/", views.thanks, name="thanks"),
    path("w/<str:key>/embed.js", views.embed, name="embed"),
    path("v/<str:token>/", views.private, name="private"),
]

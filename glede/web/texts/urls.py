from django.urls import path

from glede.web.texts import views

app_name = "texts"
urlpatterns = [
    path("", views.every, name="list"),
    path("new/", views.new, name="new"),
    path("<int:text_id>/", views.text, name="text"),
    path("<int:text_id>/archive/", views.archive, name="archive"),
    path("mine/", views.mine, name="mine"),
    path("mine/new/", views.new_snippet, name="new-snippet"),
    path("mine/<int:text_id>/", views.snippet, name="snippet"),
    path("mine/<int:text_id>/archive/", views.archive_snippet, name="archive-snippet"),
    path("voice/<slug:slug>/", views.voice, name="voice"),
]

from django.urls import path

from glede.web.me import counts, keys, views, words

app_name = "me"
urlpatterns = [
    path("", views.settings, name="settings"),
    path("counts/", counts.counts, name="counts"),
    path("keys/", keys.keymap, name="keys"),
    path("look/", views.look, name="look"),
    path("words/", words.words, name="words"),
    path("sessions/", views.session_list, name="sessions"),
    path("sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("sessions/end/", views.end_everywhere, name="end_everywhere"),
]

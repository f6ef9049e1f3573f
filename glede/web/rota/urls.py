from django.urls import path

from glede.web.rota import views

app_name = "rota"
urlpatterns = [
    path("", views.week, name="list"),
    path("home/", views.home, name="home"),
    path("week/<str:monday>/", views.edit, name="edit"),
    path("shift/<int:shift_id>/", views.swap, name="swap"),
]

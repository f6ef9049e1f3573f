from django.urls import path

from glede.web.rota import views

app_name = "rota"
urlpatterns = [
    path("", views.week, name="list"),
    path("home/", views.home, name="home"),
    path("away/", views.away, name="away"),
    path("away/<int:absence_id>/back/", views.back, name="back"),
    path("week/<str:monday>/", views.edit, name="edit"),
    path("shift/<int:shift_id>/", views.swap, name="swap"),
]

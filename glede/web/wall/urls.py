from django.urls import path

from glede.web.wall import views

app_name = "wall"
urlpatterns = [path("", views.wall, name="wall")]

from django.urls import path

from glede.web.go import views

app_name = "go"
urlpatterns = [path("", views.options, name="options")]

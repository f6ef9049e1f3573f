from django.urls import path

from glede.web.policy import views

app_name = "policy"
urlpatterns = [path("", views.current, name="current")]

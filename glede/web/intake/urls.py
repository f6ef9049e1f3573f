from django.urls import path

from glede.web.intake import views

app_name = "intake"
urlpatterns = [
    path("", views.aside, name="aside"),
    path("<int:pk>/replay/", views.replay, name="replay"),
]

from django.urls import path

from glede.web.platforms import views

app_name = "platforms"
urlpatterns = [
    path("", views.every, name="list"),
    path("<slug:slug>/", views.one, name="one"),
    path("<slug:slug>/decide/", views.decide, name="decide"),
]

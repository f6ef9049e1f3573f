from django.urls import path

from glede.web.acknowledgements import views

app_name = "acknowledgements"
urlpatterns = [
    path("", views.every, name="list"),
    path("<slug:slug>/", views.brand, name="brand"),
    path("<slug:slug>/test/", views.test, name="test"),
]

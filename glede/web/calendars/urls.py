from django.urls import path

from glede.web.calendars import views

app_name = "calendars"
urlpatterns = [
    path("", views.every, name="list"),
    path("<slug:slug>/", views.brand, name="brand"),
    path("<slug:slug>/next/", views.plan, name="plan"),
]

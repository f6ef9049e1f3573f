from django.urls import path

from glede.web.people import views

app_name = "people"
urlpatterns = [
    path("<int:contact_id>/", views.person, name="person"),
]

from django.urls import path

from glede.web.webhooks import views

app_name = "webhooks"
urlpatterns = [
    path("", views.every, name="every"),
    path("<int:endpoint_id>/", views.one, name="one"),
    path("<int:endpoint_id>/secret/", views.rotate, name="rotate"),
    path("<int:endpoint_id>/switch/", views.switch, name="switch"),
    path("<int:endpoint_id>/test/", views.send_test, name="test"),
    path("<int:endpoint_id>/delete/", views.delete, name="delete"),
    path("sent/<int:sending_id>/replay/", views.replay, name="replay"),
]

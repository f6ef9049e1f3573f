from django.urls import path

from glede.web.capture import views

app_name = "capture"
urlpatterns = [
    path("", views.ask, name="ask"),
    path("<int:capture_id>/", views.show, name="show"),
    path("<int:capture_id>/screenshot/", views.screenshot, name="screenshot"),
    path("answered/<int:conversation_id>/", views.answered, name="answered"),
]

from django.urls import path

from glede.web.attachments import views

app_name = "attachments"
urlpatterns = [
    path("<int:attachment_id>/", views.whole, name="whole"),
    path("<int:attachment_id>/small/", views.small, name="small"),
]

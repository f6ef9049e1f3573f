from django.urls import path

from glede.web.rehearsal import views

app_name = "rehearsal"
urlpatterns = [
    path("", views.rehearsal_list, name="list"),
    path("<int:rehearsal_id>/", views.show, name="show"),
    path("<int:rehearsal_id>/rows/", views.rows, name="rows"),
]

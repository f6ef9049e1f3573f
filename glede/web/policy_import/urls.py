from django.urls import path

from glede.web.policy_import import acts, views

app_name = "policy_import"
urlpatterns = [
    path("", views.start, name="start"),
    path("<int:import_id>/", views.screen, name="screen"),
    path("<int:import_id>/file/", views.file, name="file"),
    path("<int:import_id>/again/", acts.again, name="again"),
    path("<int:import_id>/version/", acts.version, name="version"),
    path("<int:import_id>/items/<int:item_id>/", views.item, name="item"),
    path("<int:import_id>/items/<int:item_id>/decide/", acts.decide, name="decide"),
    path("<int:import_id>/items/<int:item_id>/undo/", acts.undo, name="undo"),
]

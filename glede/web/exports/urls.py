from django.urls import path

from glede.web.exports import conversation, views

app_name = "exports"
urlpatterns = [
    path("c/<int:conversation_id>/print/", conversation.take, name="take"),
    path("c/<int:conversation_id>/timeline.pdf", views.timeline_pdf, name="timeline_pdf"),
    path("c/<int:conversation_id>/timeline.json", views.timeline_json, name="timeline_json"),
    path("policy/clauses/<str:number>/figures.<str:form>", views.figures, name="figures"),
    path("policy/clauses/<str:number>/rows.<str:form>", views.rows, name="rows"),
]

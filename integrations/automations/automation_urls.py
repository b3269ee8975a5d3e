from django.urls import path

from integrations.automations import automation_run_views, automation_step_views, automation_views

BELOW = "o/<slug:organization>/automations/"
ONE = f"{BELOW}<uuid:automation>/"
STEP = f"{ONE}steps/<slug:step>/"

urlpatterns = [
    path(BELOW, automation_views.automation_list, name="automations"),
    path(f"{BELOW}new/", automation_views.create, name="automation_new"),
    path(f"{BELOW}runs/<uuid:automation_run>/", automation_run_views.automation_run, name="automation_run"),
    path(f"{BELOW}runs/<uuid:automation_run>/resume/", automation_run_views.resume, name="automation_resume"),
    path(ONE, automation_views.detail, name="automation"),
    path(f"{ONE}edit/", automation_views.edit, name="automation_edit"),
    path(f"{ONE}switch/", automation_views.switch, name="automation_switch"),
    path(f"{ONE}end/", automation_views.end, name="automation_end"),
    path(f"{ONE}try/", automation_run_views.try_out, name="try"),
    path(f"{ONE}runs/", automation_views.automation_runs, name="automation_runs"),
    path(f"{ONE}steps/new/", automation_step_views.choose_step, name="step_choice"),
    path(f"{ONE}steps/new/<uuid:connection>/<slug:operation>/", automation_step_views.add_step, name="step_new"),
    path(STEP, automation_step_views.edit_step, name="step"),
    path(f"{STEP}move/", automation_step_views.move_step, name="step_move"),
    path(f"{STEP}remove/", automation_step_views.remove_step, name="step_remove"),
]

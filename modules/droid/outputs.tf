output "script_id" {
  description = "The id of the coder_script that installs Droid and merges the models, for resources that refer to it."
  value       = coder_script.droid.id
}

output "scripts" {
  description = "The names of the module's scripts for `coder exp sync want`, in the order in which they run. A script of yours that wants them runs after Droid is there."
  value       = [local.sync_name]
}

output "env_ids" {
  description = "The ids of the coder_env that bring the models to the script and to Droid, by the names of the variables."
  value       = { for name, env in coder_env.models : name => env.id }
}

output "model_ids" {
  description = "Droid's id of each model, by the model's name. `droid exec -m` takes it."
  value       = { for id in factory_custom_models.droid.model_ids : trimprefix(id, "custom:${var.namespace}/") => id }
}

output "default_model_id" {
  description = "Droid's id of the default model, or null."
  value       = var.default_model == null ? null : "custom:${var.namespace}/${var.default_model}"
}

output "env" {
  description = "The environment that the module gives to the agent, for a script or an agent of your own."
  value       = factory_custom_models.droid.env
  sensitive   = true
}

output "script" {
  description = "The script that writes the models, for a script of your own."
  value       = factory_custom_models.droid.script
}

// The helpers of the registry's "~test" that main.test.ts uses, with the same names and answers.
import { spawn } from "bun";
import { readFile, unlink } from "node:fs/promises";

export interface TerraformState {
  resources: {
    type: string;
    name: string;
    instances: { attributes: Record<string, any> }[];
  }[];
}

const terraform = async (
  dir: string,
  args: string[],
  env: Record<string, string | undefined>,
) => {
  const run = spawn(["terraform", ...args], {
    cwd: dir,
    env,
    stdout: "ignore",
    stderr: "pipe",
  });
  const said = await new Response(run.stderr).text();
  if ((await run.exited) !== 0) throw new Error(said);
};

export const runTerraformInit = (dir: string) =>
  terraform(dir, ["init"], process.env);

export const runTerraformApply = async (
  dir: string,
  vars: Record<string, unknown>,
  customEnv: Record<string, string> = {},
): Promise<TerraformState> => {
  const state = `${dir}/${crypto.randomUUID()}.tfstate`;
  const inputs = Object.entries(vars).map(([name, value]) => [
    `TF_VAR_${name}`,
    String(value),
  ]);
  await terraform(
    dir,
    ["apply", "-input=false", "-auto-approve", "-no-color", "-state", state],
    { ...process.env, ...customEnv, ...Object.fromEntries(inputs) },
  );
  const text = await readFile(state, "utf8");
  await unlink(state);
  return JSON.parse(text);
};

export const findResourceInstance = (
  state: TerraformState,
  type: string,
): Record<string, any> => {
  const found = state.resources.find((resource) => resource.type === type);
  if (found?.instances.length !== 1)
    throw new Error(`no single instance of ${type}`);
  return found.instances[0].attributes;
};

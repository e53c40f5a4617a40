import {
  afterAll,
  beforeAll,
  describe,
  expect,
  it,
  setDefaultTimeout,
} from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  findResourceInstance,
  runTerraformApply,
  runTerraformInit,
  type TerraformState,
} from "~test";

setDefaultTimeout(120_000);

const token = "owner-session-token";
const models = [
  { model: "claude-sonnet-4-5-20250929", provider: "anthropic" },
  { model: "gpt-5.2-codex", provider: "openai" },
];

// A deployment that answers nothing: the provider warns, and takes the address from its environment.
const deployment = Bun.serve({
  port: 0,
  fetch: () => new Response("", { status: 404 }),
});
const apply = (vars: Record<string, string>) =>
  runTerraformApply(
    import.meta.dir,
    {
      agent_id: "agent",
      models: JSON.stringify(models),
      droid_version: "0.0.1",
      ...vars,
    },
    { CODER_URL: deployment.url.origin, CODER_SESSION_TOKEN: token },
  );

// A workspace's home, with a fake npm that installs a fake Droid, and a fake tmux.
class Workspace {
  home = mkdtempSync(path.join(tmpdir(), "droid-"));
  constructor() {
    mkdirSync(path.join(this.home, "bin"));
    this.program(
      "npm",
      `echo npm >> "$HOME/log"
while [ "$1" != --prefix ]; do shift; done
prefix=$2
for package; do :; done
mkdir -p "$prefix/node_modules/\${package%@*}/bin"
printf '#!/bin/sh\\necho 0.0.1\\n' > "$prefix/node_modules/\${package%@*}/bin/droid"`,
    );
    this.program("tmux", `echo "tmux $*"`);
  }
  program(name: string, text: string) {
    writeFileSync(path.join(this.home, "bin", name), `#!/bin/sh\n${text}\n`);
    chmodSync(path.join(this.home, "bin", name), 0o755);
  }
  run(command: string, env: Record<string, string> = {}) {
    const done = Bun.spawnSync(["sh", "-c", command], {
      env: { HOME: this.home, PATH: `${this.home}/bin:/usr/bin:/bin`, ...env },
      stderr: "pipe",
    });
    return {
      status: done.exitCode,
      said: done.stdout.toString() + done.stderr.toString(),
    };
  }
  start(state: TerraformState) {
    const env: Record<string, string> = {};
    for (const { type, instances } of state.resources) {
      if (type !== "coder_env") continue;
      for (const { attributes } of instances)
        env[attributes.name as string] = attributes.value as string;
    }
    return this.run(findResourceInstance(state, "coder_script").script, env);
  }
  path = (...names: string[]) => path.join(this.home, ...names);
}

describe("droid", () => {
  let state: TerraformState;
  let workspace: Workspace;
  beforeAll(async () => {
    await runTerraformInit(import.meta.dir);
    state = await apply({});
    workspace = new Workspace();
  });
  afterAll(() => {
    rmSync(workspace.home, { recursive: true });
    deployment.stop();
  });

  it("writes the models and installs Droid", () => {
    const { status, said } = workspace.start(state);
    expect(said).toContain("models: 2 added");
    expect(said).toContain("droid: 0.0.1 installed");
    expect(said).not.toContain(token);
    expect(status).toBe(0);
    const settings = JSON.parse(
      readFileSync(workspace.path(".factory", "settings.json"), "utf8"),
    );
    expect(settings.customModels.map((m: { id: string }) => m.id)).toEqual(
      models.map((m) => `custom:coder/${m.model}`),
    );
    expect(settings.customModels[0].apiKey).toBe(token);
    expect(
      existsSync(workspace.path(".coder-modules/coder/droid/logs/install.log")),
    ).toBe(true);
  });

  it("changes nothing at the next start", () => {
    const before = statSync(workspace.path(".factory", "settings.json"));
    expect(workspace.start(state).status).toBe(0);
    expect(statSync(workspace.path(".factory", "settings.json")).ino).toBe(
      before.ino,
    );
    expect(readFileSync(workspace.path("log"), "utf8")).toBe("npm\n");
  });

  it("reopens a session from the button", () => {
    const { command } = findResourceInstance(state, "coder_app");
    const { said } = workspace.run(command as string);
    expect(said).toMatch(
      /^tmux .* new-session -A -s droid .*session\.sh inside\n$/,
    );
  });

  it("keeps the token out of the script", () => {
    expect(findResourceInstance(state, "coder_script").script).not.toContain(
      token,
    );
  });

  it("needs no npm for a Droid in the image", async () => {
    const image = new Workspace();
    image.program("npm", "exit 1");
    image.program("droid", "echo 0.9.9");
    const { status } = image.start(await apply({ install_droid: "false" }));
    expect(status).toBe(0);
    rmSync(image.home, { recursive: true });
  });
});

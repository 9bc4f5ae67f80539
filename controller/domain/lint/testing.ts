/** A recipe for lint's tests, in memory. */
import { type Finding, placeText } from '../recipe/finding.ts';
import { type LintRecipe, lintRecipeOf } from '../recipe/recipe-at.ts';
import type { RecipeTree } from '../recipe/git-tree.ts';

export type Files = Readonly<Record<string, string>>;

/** Git names a content by its hash; here the content is its own name. A text that begins with `-> ` is a link. */
export function treeOf(files: Files): RecipeTree {
  const entries = Object.entries(files).map(([path, text]) => {
    const kind: 'link' | 'file' = text.startsWith('-> ') ? 'link' : 'file';
    return [path, { path, kind, id: text, bytes: text.length, executable: false }] as const;
  });
  const links = entries.filter(([, { kind }]) => kind === 'link');
  return {
    entries: new Map(entries),
    links: new Map(links.map(([path, { id }]) => [path, id.slice('-> '.length)])),
  };
}

export function recipeOf(files: Files, overrides: Readonly<Record<string, string>> = {}): LintRecipe {
  return lintRecipeOf({ tree: treeOf(files), texts: new Map(Object.entries(files)) }, overrides);
}

/** `error abra.sh:2 ConfigNotVersioned`. */
export function heads(findings: readonly Finding[]): string[] {
  return findings.map((finding) => `${finding.severity} ${placeText(finding) ?? '-'} ${finding.rule}`);
}

/** Version 1.0.0 of a recipe with which nothing is wrong. */
export const GOOD: Files = {
  '.env.sample': [
    'TYPE=web',
    'DOMAIN=web.example.com',
    "#EXTRA_DOMAINS=', `www.web.example.com`'",
    'LETS_ENCRYPT_ENV=production',
    'COMPOSE_FILE="compose.yml"',
    'SECRET_PW_VERSION=v1 # length=32',
    '',
  ].join('\n'),
  'abra.sh': '#!/bin/bash\n# Raise it with the file.\nexport APP_CONF_VERSION=v1\n',
  'app.conf': 'one',
  'compose.yml': `services:
  app:
    image: nginx:1.27.0
    environment:
      - PW_FILE=/run/secrets/pw
    volumes:
      - data:/data
    deploy:
      labels:
        - "coop-cloud.\${STACK_NAME}.version=1.0.0+1.27.0"
        - "backupbot.backup=true"
volumes:
  data:
configs:
  app_conf:
    name: \${STACK_NAME}_app_conf_\${APP_CONF_VERSION}
    file: app.conf
secrets:
  pw:
    external: true
    name: \${STACK_NAME}_pw_\${SECRET_PW_VERSION}
`,
};

/** With one place of a file replaced; a place that is not there would test nothing. */
export function edited(files: Files, file: string, [from, to]: readonly [string, string]): Files {
  const text = files[file] ?? '';
  if (text.split(from).length !== 2) throw new Error(`${JSON.stringify(from)} is not once in ${file}.`);
  return { ...files, [file]: text.replace(from, () => to) };
}

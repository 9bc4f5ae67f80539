/** What changed in the services and their images, for operators. Pure. */
import type { ServiceFacts } from '../recipe/compose-facts.ts';
import { databaseChange } from './database-image.ts';
import type { Change, Note } from './change.ts';
import { code } from './quoted.ts';

export function serviceNotes({ old, head }: Change): Note[] {
  const before = new Map(old.facts.services.map((service) => [service.name, service]));
  const after = new Set(head.facts.services.map(({ name }) => name));
  return [
    ...head.facts.services.flatMap((service) => {
      const was = before.get(service.name);
      return was === undefined ? [fresh(service)] : imageNotes(was, service);
    }),
    ...[...before.keys()].filter((name) => !after.has(name)).map(gone),
  ];
}

function fresh({ name, image }: ServiceFacts): Note {
  const runs = image === null || image === '' ? '' : ` and runs ${code(image)}`;
  return {
    kind: 'newService',
    subject: name,
    text: `The service ${code(name)} is new${runs}.`,
    byHand: false,
  };
}

/** abra never prunes. */
function gone(name: string): Note {
  const text = `The service ${code(name)} is gone, but a deploy does not stop it: after the upgrade, remove it on the server with ${code(`docker service rm <stack>_${name}`)}.`;
  return { kind: 'removedService', subject: name, text, byHand: true };
}

function imageNotes({ image: from }: ServiceFacts, { name, image: to }: ServiceFacts): Note[] {
  if (from === null || to === null || from === to) return [];
  const text = `The service ${code(name)} runs ${code(to)} instead of ${code(from)}.`;
  const database = databaseChange(from, to);
  const image: Note = { kind: 'image', subject: name, text, byHand: false };
  if (database === null) return [image];
  const how = `In the service ${code(name)}, ${database.what}. ${database.todo}`;
  return [image, { kind: 'database', subject: name, text: how, byHand: true }];
}

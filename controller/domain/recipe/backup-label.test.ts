import { expect, it } from 'vitest';
import { planBackup } from '../../deployer/backup-plan.ts';
import { coverageOf } from '../data/backup-coverage.ts';
import { composeFacts, hasBackup } from './compose-facts.ts';
import { isBackupOn } from './backup-label.ts';

it.each([
  { value: 'true', on: true },
  { value: 'True', on: true },
  { value: 'TRUE', on: true },
  { value: '1', on: true },
  { value: 'yes', on: true },
  { value: 'on', on: true },
  { value: 'false', on: false },
  { value: 'no', on: false },
  { value: '0', on: false },
  { value: '', on: false },
])('backupbot.backup=$value means the same to all who read it', ({ value, on }) => {
  const text = `services:\n  app:\n    image: x:1\n    volumes: ["content:/content"]\n    deploy:\n      labels: ["backupbot.backup=${value}"]\nvolumes:\n  content: {}\n`;
  const facts = composeFacts({ files: [{ path: 'compose.yml', text }], env: {}, stack: 's' });
  const seen = {
    name: 's_app',
    labels: { 'backupbot.backup': value },
    volumes: [{ source: 's_content', target: '/content' }],
  };
  expect(isBackupOn(value)).toBe(on);
  expect(hasBackup(facts)).toBe(on);
  expect(coverageOf(facts)[0]?.covered).toBe(on ? 'whole' : 'no');
  expect(planBackup([seen as never], 's') !== undefined).toBe(on);
});

import { ATTACKS } from './attacks.ts';
import { commitMissing } from './commit-missing.ts';
import { configByDots, configByLink, configByLinkedFolder } from './config-outside.ts';
import { configMissing } from './config-missing.ts';
import type { Defect } from './defect.ts';
import { exits } from './exits.ts';
import { flaps } from './flaps.ts';
import { hostBind } from './host-bind.ts';
import { imageMissing } from './image-missing.ts';
import { neverHealthy } from './never-healthy.ts';
import { oneNeverReady } from './one-never-ready.ts';
import { oneUnschedulable } from './one-unschedulable.ts';
import { pathPrefix } from './path-prefix.ts';
import { privileged } from './privileged.ts';
import { refMissing } from './ref-missing.ts';
import { registryUnreachable } from './registry-unreachable.ts';
import { secretNameTooLong } from './secret-name-too-long.ts';
import { tellsSecret } from './tells-secret.ts';
import { tooManyFiles } from './too-many-files.ts';
import { variableInImage } from './variable-in-image.ts';
import { variableRequired } from './variable-required.ts';
import { wrongPort } from './wrong-port.ts';
import { yamlInvalid } from './yaml-invalid.ts';

/** The slow ones first, so that the quick ones fill the gaps. */
export const DEFECTS: readonly Defect[] = [
  tellsSecret,
  neverHealthy,
  oneNeverReady,
  wrongPort,
  pathPrefix,
  exits,
  flaps,
  oneUnschedulable,
  imageMissing,
  registryUnreachable,
  refMissing,
  commitMissing,
  tooManyFiles,
  variableRequired,
  variableInImage,
  yamlInvalid,
  privileged,
  hostBind,
  secretNameTooLong,
  configByDots,
  configByLink,
  configByLinkedFolder,
  configMissing,
  ...ATTACKS,
];

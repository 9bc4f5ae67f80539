/** What the policy's rules share. */
import type { RecipeSpec } from '../../api/recipe-spec.ts';
import type { Place } from '../recipe/compose-facts.ts';

export type Rule =
  | 'ComposeInvalid'
  | 'NoServices'
  | 'HostBind'
  | 'DockerSocket'
  | 'Privileged'
  | 'Capability'
  | 'Device'
  | 'SecurityOption'
  | 'HostNamespace'
  | 'HostSetting'
  | 'PublishedPort'
  | 'UnknownKey'
  | 'WrongValue'
  | 'OverLimit'
  | 'VolumeDriver'
  | 'NetworkDriver'
  | 'LogDriver'
  | 'PrivateRegistry'
  | 'ForeignAlias'
  | 'ForeignRoute'
  | 'UnsafeText'
  | 'ReservedVariable'
  | 'PathOutside'
  | 'FileMissing'
  | 'ForeignName'
  | 'NameTooLong'
  | 'StackTooLong'
  | 'MissingVariable'
  | 'InvalidVariable'
  | 'TypedVariable'
  | 'FloatingImage'
  | 'NoImage'
  | 'NoAppService'
  | 'NoHealthcheck'
  | 'NoRouter'
  | 'NoVersion';

export interface Finding {
  readonly rule: Rule;
  readonly severity: 'error' | 'warning';
  readonly file?: string;
  readonly line?: number;
  readonly message: string;
  /** What a packager or an operator would change. */
  readonly fix: string;
}

export type Allow = RecipeSpec['spec']['allow'];

export interface PolicyNames {
  readonly domain: string;
  readonly stack: string;
  /** Variables that `.env.sample` mentions in a comment: a recipe's way to say that they may stay empty. */
  readonly documented: readonly string[];
}

/** A finding's place, left out where it is nowhere. */
export function at(place: Place): { file?: string; line?: number } {
  return place.file === '' ? {} : { file: place.file, line: place.line };
}

/** What the policy's rules share. */
import type { RecipeSpec } from '../../api/recipe-spec.ts';
import type { Finding as RecipeFinding } from '../recipe/finding.ts';

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
  | 'FileTooLarge'
  | 'ForeignName'
  | 'NameTooLong'
  | 'StackTooLong'
  | 'MissingVariable'
  | 'InvalidVariable'
  | 'OddVariable'
  | 'TypedVariable'
  | 'FloatingImage'
  | 'NoImage'
  | 'NoAppService'
  | 'NoHealthcheck'
  | 'NoRouter'
  | 'NoVersion'
  | 'UnroutedOnProxy';

/** One that bears a rule of the policy. */
export type Finding = RecipeFinding<Rule>;

export type Allow = RecipeSpec['spec']['allow'];

export interface PolicyNames {
  readonly domain: string;
  readonly stack: string;
  /** Variables that `.env.sample` mentions in a comment: a recipe's way to say that they may stay empty. */
  readonly documented: readonly string[];
  /** Nobody but the proxy is in the app's network `proxy`: names in it concern the app alone. */
  readonly alone?: boolean;
}

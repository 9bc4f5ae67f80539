/** Who may say `!testme`: who is on the list, or a member of the organisation as far as the forge says so. */
import { messageOf, Terminal } from '../../runtime/errors.ts';
import type { Membership } from '../../forge.ts';
import type { Said } from './conditions.ts';
import type { BridgeDeps } from './deps.ts';

export interface Members {
  /** Whoever is not surely allowed is not. */
  mayAsk(user: string): Promise<Membership>;
  /** Looks again where the last look is old; true where what is known changed. */
  check(): Promise<boolean>;
  /** Null where there is no organisation, or nobody has looked yet. */
  condition(): Said | null;
}

const GOOD_FOR_MS = 10 * 60_000;
const BAD_FOR_MS = 60_000;

const KNOWN: Said = {
  type: 'MembersKnown',
  status: 'True',
  reason: 'BotIsMember',
  message: 'The forge says who is a member of the organisation.',
};

export function makeMembers({
  forge,
  config,
  clock,
}: Pick<BridgeDeps, 'forge' | 'config' | 'clock'>): Members {
  const { organisation } = config;
  const allowed = new Set(config.allowed.map((login) => login.toLowerCase()));
  let last: { readonly at: number; readonly said: Said } | null = null;

  const look = async (organisation: string): Promise<Said> => {
    try {
      const me = await forge.me();
      const answer = await forge.membership(organisation, me);
      if (answer === 'yes') return KNOWN;
      return answer === 'no' ? noMember(me, organisation) : unknown('MembersUnknown', answer.cannotTell);
    } catch (error) {
      if (error instanceof Terminal) return unknown(error.reason, error.message);
      // Nothing is known of it: what was said before stands.
      return last?.said ?? unknown('MembersUnknown', messageOf(error));
    }
  };
  const check = async (): Promise<boolean> => {
    if (organisation === null) return false;
    const now = clock.now().getTime();
    if (last !== null && now - last.at < (last.said === KNOWN ? GOOD_FOR_MS : BAD_FOR_MS)) return false;
    const said = await look(organisation);
    const isNews = last?.said.message !== said.message;
    last = { at: now, said };
    return isNews;
  };
  return {
    check,
    condition: () => last?.said ?? null,
    mayAsk: async (user) => {
      if (allowed.has(user.toLowerCase())) return 'yes';
      if (organisation === null) return 'no';
      const answer = await forge.membership(organisation, user);
      if (answer !== 'no') return answer;
      await check();
      // Of an organisation that is not there, or that the bot does not see into, nobody seems to be a member.
      return last?.said.status === 'True' ? 'no' : { cannotTell: last?.said.message ?? '' };
    },
  };
}

function noMember(me: string, organisation: string): Said {
  return unknown(
    'BotIsNoMember',
    `The bot ${me} is no member of ${organisation}, or there is no such organisation, so that nobody can be told to be a member. Add the bot to it, or mend CCCI_GITEA_ORGANISATION.`,
  );
}

function unknown(reason: string, message: string): Said {
  return { type: 'MembersKnown', status: 'False', reason, message };
}

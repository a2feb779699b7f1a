// Where an experiment stands and why, in plain words.
import type { Condition, Experiment, Outcome } from '../../functions/lib/types/experiment.gen.ts';
import { goalsOf, versionsOf } from './facts.ts';

/** One statement: how it is meant, its title where the experiment is over, and a sentence. */
export interface Saying {
  tone: 'good' | 'bad' | 'warning' | 'neutral';
  title?: string;
  text: string;
}

type End = Required<Pick<Saying, 'tone' | 'title'>>;

const ENDS: Record<string, End> = {
  Promote: { tone: 'good', title: 'PROMOTED' },
  Rollback: { tone: 'bad', title: 'ROLLED BACK' },
  Keep: { tone: 'neutral', title: 'ENDED' },
  ConformanceMet: { tone: 'good', title: 'CONFORMS' },
  ConformanceViolated: { tone: 'bad', title: 'DOES NOT CONFORM' },
  Failed: { tone: 'bad', title: 'FAILED' },
};
const TROUBLES: Record<string, string> = {
  NoData: 'No data yet, which counts for nobody: ',
  MetricsUnavailable: 'The metrics cannot be read: ',
};
/** Other reasons are left from the iterations. */
const IN_THE_WAY_OF_THE_END = ['OutcomeNotInForce', 'TargetForbidden'];

/** What happens at the moment and why, or how it ended. */
export function sayingOf(experiment: Experiment): Saying {
  const { stage, outcome } = experiment.status ?? {};
  if (stage === 'Completed') return ended(experiment);
  if (outcome) return finishing(experiment, outcome);
  if (stage === 'Running') return running(experiment);
  if (stage === 'Initializing') {
    const isKnown = experiment.status?.currentWeightDistribution !== undefined;
    const text = isKnown ? 'The first weights are being set' : 'Versions and metrics are looked up';
    return troubleIn(experiment, 'Ready') ?? neutral(text);
  }
  return troubleIn(experiment, 'TargetAcquired') ?? neutral('The experiment is being accepted');
}

function neutral(text: string): Saying {
  return { tone: 'neutral', text };
}

function conditionOf({ status }: Experiment, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** What a condition says that does not hold. */
function troubleIn(experiment: Experiment, type: string): Saying | undefined {
  const { status, reason = '', message } = conditionOf(experiment, type) ?? {};
  if (status !== 'False' || !message) return undefined;
  return { tone: 'warning', text: `${TROUBLES[reason] ?? ''}${message}` };
}

function running(experiment: Experiment): Saying {
  const { spec, status } = experiment;
  const paused = conditionOf(experiment, 'Paused');
  if (paused?.status === 'True') return { tone: 'warning', text: paused.message ?? '' };
  if (status?.evidence) return judging(experiment);
  return neutral(`Every ${spec.duration.intervalSeconds} s the metrics are read and judged`);
}

function judging(experiment: Experiment): Saying {
  const judged = versionsOf(experiment).at(-1)?.name ?? 'the version';
  const states = goalsOf(experiment).map(({ metric, results }) => ({ metric, ...results.at(-1)! }));
  const violated = states.filter(({ state }) => state === 'violated');
  const metrics = violated.map(({ metric }) => metric).join(' and ');
  if (conditionOf(experiment, 'Progressing')?.reason === 'BothViolate') {
    const text = `Both versions violate ${metrics}, which proves nothing against ${judged}`;
    return { tone: 'warning', text };
  }
  const lasting = 'If it still does after the last iteration, it';
  if (metrics) return { tone: 'bad', text: `${judged} violates ${metrics}. ${lasting} loses` };
  const trouble = troubleIn(experiment, 'Ready');
  if (trouble) return trouble;
  const isGood = states.every(({ state }) => state === 'met');
  if (!isGood) return neutral(`${judged} has not won yet`);
  return { tone: 'good', text: `${judged} meets all objectives. ${lasting} wins` };
}

function finishing(experiment: Experiment, outcome: Outcome): Saying {
  const { status, reason = '', message = '' } = conditionOf(experiment, 'Ready') ?? {};
  const isHindered = status === 'False' && IN_THE_WAY_OF_THE_END.includes(reason);
  const text = decided(experiment, outcome, 'gets');
  return { tone: endOf(outcome).tone, text: isHindered ? `${text}. Not yet: ${message}` : text };
}

function ended(experiment: Experiment): Saying {
  const outcome = experiment.status?.outcome;
  const isTrue = (type: string): boolean => conditionOf(experiment, type)?.status === 'True';
  const isInForce = isTrue('Promoted') || isTrue('RolledBack');
  if (!outcome || (isTrue('Failed') && !isInForce)) {
    const { reason = 'Unknown', message } = conditionOf(experiment, 'Failed') ?? {};
    return { ...ENDS.Failed!, text: `${message || 'No reason is given'} (${reason})` };
  }
  const end = endOf(outcome);
  const text = decided(experiment, outcome, 'has');
  return { ...end, text: end.tone === 'bad' ? `${text} (${outcome.reason})` : text };
}

function endOf({ decision, reason }: Outcome): End {
  return ENDS[decision === 'Keep' ? reason : decision] ?? ENDS.Keep!;
}

function decided(experiment: Experiment, outcome: Outcome, verb: 'gets' | 'has'): string {
  const {
    decision,
    version = versionsOf(experiment)[0]?.name ?? 'the baseline',
    message,
  } = outcome;
  if (decision === 'Keep') return `The traffic stays as it is. ${message}`;
  const again = decision === 'Rollback' ? ' back' : ' now';
  return `${version} ${verb} all traffic${again}. ${message}`;
}

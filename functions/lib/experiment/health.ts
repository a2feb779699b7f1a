import type { ExperimentStatus } from '../types/experiment.gen.ts';
import type { Mark } from './conditions.ts';
import { sameWeights } from './firstWeights.ts';
import type { Measurement, Measurements, TargetObservation } from './observations.ts';

/** The Ready condition: whether target and metrics can be seen, and if not, what to look at. */
export function healthOf(
  status: ExperimentStatus,
  target: TargetObservation,
  measurements: Measurements,
): Mark {
  if (target.kind !== 'Observed') return notReady(target.reason, target.message);
  if (target.notReady) return notReady('CandidateNotReady', target.notReady);
  if (!sameWeights(target.weights, status.currentWeightDistribution ?? []))
    return notInForce(status);
  const error = firstOf(measurements, 'Error');
  if (error) return notReady('MetricsUnavailable', error);
  const missing = firstOf(measurements, 'NoData');
  if (missing) return notReady('NoData', missing);
  return { type: 'Ready', status: 'True', reason: 'TargetReady' };
}

/** The target does not have the weights of the last iteration: the reason may be known from then. */
function notInForce({ conditions }: ExperimentStatus): Mark {
  const known = conditions?.find(
    ({ type, reason }) => type === 'Ready' && reason === 'TargetForbidden',
  );
  if (known) return notReady('TargetForbidden', known.message ?? '');
  const message = 'the target did not have the weights of the last iteration; they are set again';
  return notReady('WeightsNotInForce', message);
}

function notReady(reason: string, message: string): Mark {
  return { type: 'Ready', status: 'False', reason, message };
}

function firstOf(measurements: Measurements, kind: Measurement['kind']): string | undefined {
  for (const [metric, byVersion] of Object.entries(measurements)) {
    for (const [version, one] of Object.entries(byVersion)) {
      if (one.kind === kind && one.kind !== 'Value') {
        return `metric ${metric} for version ${version}: ${one.message}`;
      }
    }
  }
  return undefined;
}

// What happened in a cluster, told at its second.
import { stageOf } from '../../functions/lib/experiment/stages.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { at } from '../fixtures.ts';
import type { Change } from './api-server.ts';
import type { Cluster } from './cluster.ts';

/** Hears what happens, at which second. */
export type Listener = (second: number, what: string) => void;

type Status = {
  components: { predictor: { traffic?: { revisionName: string; percent: number }[] } };
};

/** Tells every change of an experiment and of the target, and what the functions tell themselves. */
export function followStory({ server, agenda, target }: Cluster, listen: Listener): void {
  let weights = '';
  server.onChange((change) => {
    const second = (agenda.now().getTime() - at(0).getTime()) / 1000;
    const tell = (what: string): void => {
      listen(second, `${change.isOurs ? '' : 'others: '}${what}`);
    };
    const { path, before, after } = change;
    if ((after ?? before)!.kind === 'Experiment') tell(experimentIn(change));
    if (!target.paths.includes(path)) return;
    const found = target.told(server)?.join('/') ?? 'none';
    const served = JSON.stringify(
      (server.get(path)?.status as Status | undefined)?.components.predictor.traffic?.map(
        ({ revisionName, percent }) => `${revisionName} ${percent}`,
      ),
    );
    if (`${found} ${served}` !== weights) tell(`target: told ${found}, serves ${served}`);
    weights = `${found} ${served}`;
  });
}

function experimentIn({ before, after }: Change): string {
  const { metadata, status = {}, spec } = (after ?? before) as unknown as Experiment;
  const { completedIterations, currentWeightDistribution = [], message, outcome } = status;
  const weights = currentWeightDistribution.map(({ value }) => value).join('/');
  const facts = [
    `${metadata.name} (${metadata.uid})`,
    !after && 'is GONE',
    metadata.deletionTimestamp && 'being deleted',
    stageOf({ status }),
    `labels ${JSON.stringify(metadata.labels)}`,
    `iteration ${completedIterations} of ${spec.duration.iterationsPerLoop}`,
    weights && `weights ${weights}`,
    metadata.finalizers && `finalizers ${metadata.finalizers.join()}`,
    outcome && `outcome ${outcome.decision} ${outcome.reason}`,
    message,
  ];
  return facts.filter((fact) => fact).join(' | ');
}

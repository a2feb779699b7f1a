// The calls that the functions make over an experiment's whole life, in the order in which each is
// made first, with how often. A change here is a change of what a cluster has to bear.

const START =
  'start: GET experiments 3, PUT experiments/status 6, PATCH experiments 4, LIST experiments 3, ' +
  'POST events 2, GET inferenceservices 2, GET metrics 2, PATCH inferenceservices 1';
const SWEEP =
  'sweep: LIST experiments 15, HAND OVER start 1, HAND OVER iterate 4, HAND OVER finish 2';
const ITERATE =
  'iterate: GET experiments 4, GET inferenceservices 4, ASK requests default 4, ' +
  'ASK requests canary 4, ASK latency default 4, ASK latency canary 4, PUT experiments/status 4';
const FINISH =
  'finish: GET experiments 4, GET inferenceservices 3, PATCH inferenceservices 1, ' +
  'PUT experiments/status 2, PATCH experiments 1, POST events 1';

const CALLS: Readonly<Record<string, readonly string[]>> = {
  promoted: [
    START,
    SWEEP,
    `${ITERATE}, POST events 5, PATCH inferenceservices 3, PATCH experiments 1`,
    FINISH,
  ],
  'rolled back at the end': [
    START,
    SWEEP,
    `${ITERATE}, POST events 1, PATCH experiments 1`,
    FINISH,
  ],
  'rolled back at once': [
    START.replace('metrics 2', 'metrics 1'),
    'sweep: LIST experiments 11, HAND OVER start 1, HAND OVER iterate 2, HAND OVER finish 2',
    'iterate: GET experiments 2, GET inferenceservices 2, ASK latency default 2, ' +
      'ASK latency canary 2, PUT experiments/status 2, POST events 2, ' +
      'PATCH inferenceservices 1, PATCH experiments 1',
    FINISH,
  ],
  'promoted by blue-green': [
    START,
    SWEEP,
    `${ITERATE}, POST events 2, PATCH experiments 1`,
    'finish: GET experiments 3, GET inferenceservices 3, PATCH experiments 1, ' +
      'PUT experiments/status 1, POST events 1',
  ],
  'deleted half-way': [
    START,
    'sweep: LIST experiments 12, HAND OVER start 1, HAND OVER iterate 2, HAND OVER finish 3',
    `${ITERATE.replaceAll(' 4', ' 2')}, POST events 2, PATCH inferenceservices 2`,
    'finish: GET experiments 5, PUT experiments/status 4, POST events 1, PATCH experiments 2, ' +
      'GET inferenceservices 4, PATCH inferenceservices 1',
  ],
  'promoted by weights in one object': [
    ofRoutes(START, 1).replace('GET routes', 'GET resources 1, GET routes'),
    SWEEP,
    ofRoutes(`${ITERATE}, POST events 5, PATCH inferenceservices 3, PATCH experiments 1`, 1),
    ofRoutes(FINISH, 1),
  ],
  'promoted by weights in two objects': [
    ofRoutes(START, 2).replace('GET routes', 'GET resources 1, GET routes'),
    SWEEP,
    ofRoutes(`${ITERATE}, POST events 5, PATCH inferenceservices 3, PATCH experiments 1`, 2),
    ofRoutes(FINISH, 2),
  ],
  'rolled back by weights in two objects': [
    ofRoutes(START, 2).replace('GET routes', 'GET resources 1, GET routes'),
    SWEEP,
    ofRoutes(`${ITERATE}, POST events 1, PATCH experiments 1`, 2),
    ofRoutes(FINISH, 2),
  ],
};

/** The calls of a scenario, a line for each function. */
export function callsOf(scenario: string): readonly string[] {
  return CALLS[scenario] ?? [];
}

/** The same calls where the target is so many routes instead of an InferenceService. */
function ofRoutes(calls: string, objects: number): string {
  return calls.replaceAll(
    /inferenceservices (\d+)/g,
    (_all, count: string) => `routes ${Number(count) * objects}`,
  );
}

// The calls that the functions make over an experiment's whole life, in the order in which each is
// made first, with how often. A change here is a change of what a cluster has to bear.

const CALLS: Readonly<Record<string, readonly string[]>> = {
  promoted: [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET inferenceservices 2, GET metrics 2, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 17, HAND OVER start 1, HAND OVER iterate 4, ' + 'HAND OVER finish 3',
    'iterate: GET experiments 4, GET inferenceservices 4, ASK requests default 4, ' +
      'ASK requests canary 4, ASK latency default 4, ASK latency canary 4, ' +
      'PUT experiments/status 4, POST events 5, PATCH inferenceservices 3, ' +
      'PATCH experiments 1',
    'finish: GET experiments 5, GET inferenceservices 4, PATCH inferenceservices 1, ' +
      'PUT experiments/status 2, PATCH experiments 1, POST events 1',
  ],
  'rolled back at the end': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET inferenceservices 2, GET metrics 2, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 20, HAND OVER start 1, HAND OVER iterate 4, ' + 'HAND OVER finish 6',
    'iterate: GET experiments 4, GET inferenceservices 4, ASK requests default 4, ' +
      'ASK requests canary 4, ASK latency default 4, ASK latency canary 4, ' +
      'PUT experiments/status 4, POST events 1, PATCH experiments 1',
    'finish: GET experiments 8, GET inferenceservices 7, PATCH inferenceservices 1, ' +
      'PUT experiments/status 2, PATCH experiments 1, POST events 1',
  ],
  'rolled back at once': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET inferenceservices 2, GET metrics 2, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 16, HAND OVER start 1, HAND OVER iterate 2, ' + 'HAND OVER finish 6',
    'iterate: GET experiments 2, GET inferenceservices 2, ASK requests default 2, ' +
      'ASK requests canary 2, ASK latency default 2, ASK latency canary 2, ' +
      'PUT experiments/status 2, POST events 2, PATCH inferenceservices 1, ' +
      'PATCH experiments 1',
    'finish: GET experiments 8, GET inferenceservices 7, PATCH inferenceservices 1, ' +
      'PUT experiments/status 2, PATCH experiments 1, POST events 1',
  ],
  'promoted by blue-green': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET inferenceservices 2, GET metrics 2, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 17, HAND OVER start 1, HAND OVER iterate 4, ' + 'HAND OVER finish 3',
    'iterate: GET experiments 4, GET inferenceservices 4, ASK requests default 4, ' +
      'ASK requests canary 4, ASK latency default 4, ASK latency canary 4, ' +
      'PUT experiments/status 4, POST events 2, PATCH experiments 1',
    'finish: GET experiments 4, GET inferenceservices 4, PATCH experiments 1, ' +
      'PUT experiments/status 1, POST events 1',
  ],
  'deleted half-way': [
    'start: GET experiments 3, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET inferenceservices 2, GET metrics 2, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 17, HAND OVER start 1, HAND OVER iterate 2, ' + 'HAND OVER finish 7',
    'iterate: GET experiments 2, GET inferenceservices 2, ASK requests default 2, ' +
      'ASK requests canary 2, ASK latency default 2, ASK latency canary 2, ' +
      'PUT experiments/status 2, POST events 2, PATCH inferenceservices 2',
    'finish: GET experiments 9, PUT experiments/status 4, POST events 1, ' +
      'PATCH experiments 2, GET inferenceservices 8, PATCH inferenceservices 1',
  ],
  'promoted by weights in one object': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET resources 1, GET routes 2, GET metrics 2, ' +
      'PATCH routes 1',
    'sweep: LIST experiments 17, HAND OVER start 1, HAND OVER iterate 4, ' + 'HAND OVER finish 3',
    'iterate: GET experiments 4, GET routes 4, ASK requests default 4, ' +
      'ASK requests canary 4, ASK latency default 4, ASK latency canary 4, ' +
      'PUT experiments/status 4, POST events 5, PATCH routes 3, PATCH experiments 1',
    'finish: GET experiments 5, GET routes 4, PATCH routes 1, PUT experiments/status 2, ' +
      'PATCH experiments 1, POST events 1',
  ],
  'promoted by weights in two objects': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET resources 1, GET routes 4, GET metrics 2, ' +
      'PATCH routes 2',
    'sweep: LIST experiments 17, HAND OVER start 1, HAND OVER iterate 4, ' + 'HAND OVER finish 3',
    'iterate: GET experiments 4, GET routes 8, ASK requests default 4, ' +
      'ASK requests canary 4, ASK latency default 4, ASK latency canary 4, ' +
      'PUT experiments/status 4, POST events 5, PATCH routes 6, PATCH experiments 1',
    'finish: GET experiments 5, GET routes 8, PATCH routes 2, PUT experiments/status 2, ' +
      'PATCH experiments 1, POST events 1',
  ],
  'rolled back by weights in two objects': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET resources 1, GET routes 4, GET metrics 2, ' +
      'PATCH routes 2',
    'sweep: LIST experiments 20, HAND OVER start 1, HAND OVER iterate 4, ' + 'HAND OVER finish 6',
    'iterate: GET experiments 4, GET routes 8, ASK requests default 4, ' +
      'ASK requests canary 4, ASK latency default 4, ASK latency canary 4, ' +
      'PUT experiments/status 4, POST events 1, PATCH experiments 1',
    'finish: GET experiments 8, GET routes 14, PATCH routes 2, PUT experiments/status 2, ' +
      'PATCH experiments 1, POST events 1',
  ],
  'suspended for a while and promoted': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET inferenceservices 2, GET metrics 2, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 23, HAND OVER start 1, HAND OVER iterate 7, ' + 'HAND OVER finish 3',
    'iterate: GET experiments 7, GET inferenceservices 7, ASK requests default 4, ' +
      'ASK requests canary 4, ASK latency default 4, ASK latency canary 4, ' +
      'PUT experiments/status 6, POST events 7, PATCH inferenceservices 3, ' +
      'PATCH experiments 1',
    'finish: GET experiments 5, GET inferenceservices 4, PATCH inferenceservices 1, ' +
      'PUT experiments/status 2, PATCH experiments 1, POST events 1',
  ],
  'promoted for the asking': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET inferenceservices 2, GET metrics 2, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 14, HAND OVER start 1, HAND OVER iterate 3, ' + 'HAND OVER finish 3',
    'iterate: GET experiments 3, GET inferenceservices 3, ASK requests default 2, ' +
      'ASK requests canary 2, ASK latency default 2, ASK latency canary 2, ' +
      'PUT experiments/status 3, POST events 3, PATCH inferenceservices 2, ' +
      'PATCH experiments 1',
    'finish: GET experiments 5, GET inferenceservices 4, PATCH inferenceservices 1, ' +
      'PUT experiments/status 2, PATCH experiments 1, POST events 1',
  ],
  'rolled back for the asking': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET inferenceservices 2, GET metrics 2, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 17, HAND OVER start 1, HAND OVER iterate 3, ' + 'HAND OVER finish 6',
    'iterate: GET experiments 3, GET inferenceservices 3, ASK requests default 2, ' +
      'ASK requests canary 2, ASK latency default 2, ASK latency canary 2, ' +
      'PUT experiments/status 3, POST events 3, PATCH inferenceservices 2, ' +
      'PATCH experiments 1',
    'finish: GET experiments 8, GET inferenceservices 7, PATCH inferenceservices 1, ' +
      'PUT experiments/status 2, PATCH experiments 1, POST events 1',
  ],
  'promoted once it is approved': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET inferenceservices 2, GET metrics 2, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 22, HAND OVER start 1, HAND OVER iterate 7, ' + 'HAND OVER finish 3',
    'iterate: GET experiments 7, GET inferenceservices 7, ASK requests default 6, ' +
      'ASK requests canary 6, ASK latency default 6, ASK latency canary 6, ' +
      'PUT experiments/status 7, POST events 5, PATCH inferenceservices 3, ' +
      'PATCH experiments 1',
    'finish: GET experiments 5, GET inferenceservices 4, PATCH inferenceservices 1, ' +
      'PUT experiments/status 2, PATCH experiments 1, POST events 1',
  ],
  'promoted after a freeze window': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET inferenceservices 2, GET metrics 2, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 22, HAND OVER start 1, HAND OVER iterate 7, ' + 'HAND OVER finish 3',
    'iterate: GET experiments 7, GET inferenceservices 7, ASK requests default 7, ' +
      'ASK requests canary 7, ASK latency default 7, ASK latency canary 7, ' +
      'PUT experiments/status 7, POST events 6, PATCH inferenceservices 3, ' +
      'PATCH experiments 1',
    'finish: GET experiments 5, GET inferenceservices 4, PATCH inferenceservices 1, ' +
      'PUT experiments/status 2, PATCH experiments 1, POST events 1',
  ],
  'promoted in a second run': [
    'start: GET experiments 8, PUT experiments/status 12, PATCH experiments 8, ' +
      'LIST experiments 6, POST events 4, GET inferenceservices 4, GET metrics 4, ' +
      'PATCH inferenceservices 2',
    'sweep: LIST experiments 42, HAND OVER start 1, HAND OVER iterate 8, ' + 'HAND OVER finish 9',
    'iterate: GET experiments 8, GET inferenceservices 8, ASK requests default 8, ' +
      'ASK requests canary 8, ASK latency default 8, ASK latency canary 8, ' +
      'PUT experiments/status 8, POST events 6, PATCH experiments 2, ' +
      'PATCH inferenceservices 3',
    'finish: GET experiments 13, GET inferenceservices 11, PATCH inferenceservices 2, ' +
      'PUT experiments/status 4, PATCH experiments 2, POST events 2',
  ],
  'rolled back without an answer of the metrics': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET inferenceservices 2, GET metrics 2, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 23, HAND OVER start 1, HAND OVER iterate 6, ' + 'HAND OVER finish 6',
    'iterate: GET experiments 6, GET inferenceservices 6, ASK requests default 6, ' +
      'ASK requests canary 6, ASK latency default 6, ASK latency canary 6, ' +
      'PUT experiments/status 6, POST events 3, PATCH inferenceservices 1, ' +
      'PATCH experiments 1',
    'finish: GET experiments 8, GET inferenceservices 7, PATCH inferenceservices 1, ' +
      'PUT experiments/status 2, PATCH experiments 1, POST events 1',
  ],
  'promoted by proof': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 3, GET inferenceservices 2, GET metrics 1, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 18, HAND OVER start 1, HAND OVER iterate 3, HAND OVER finish 3',
    'iterate: GET experiments 3, GET inferenceservices 3, ASK errors default 3, ' +
      'ASK errors canary 3, ASK series requests 12, ASK series errors 12, ' +
      'PUT experiments/status 3, POST events 1, PATCH experiments 1',
    'finish: GET experiments 5, GET inferenceservices 4, PATCH inferenceservices 1, ' +
      'PUT experiments/status 2, PATCH experiments 1, POST events 1',
  ],
  'promoted by proof before the end': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 3, GET inferenceservices 2, GET metrics 1, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 18, HAND OVER start 1, HAND OVER iterate 3, HAND OVER finish 3',
    'iterate: GET experiments 3, GET inferenceservices 3, ASK errors default 3, ' +
      'ASK errors canary 3, ASK series requests 12, ASK series errors 12, ' +
      'PUT experiments/status 3, POST events 1, PATCH experiments 1',
    'finish: GET experiments 5, GET inferenceservices 4, PATCH inferenceservices 1, ' +
      'PUT experiments/status 2, PATCH experiments 1, POST events 1',
  ],
  'rolled back by proof': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 3, GET inferenceservices 2, GET metrics 1, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 15, HAND OVER start 1, HAND OVER iterate 1, HAND OVER finish 6',
    'iterate: GET experiments 1, GET inferenceservices 1, ASK errors default 1, ' +
      'ASK errors canary 1, ASK series requests 4, ASK series errors 4, ' +
      'PUT experiments/status 1, POST events 1, PATCH experiments 1',
    'finish: GET experiments 8, GET inferenceservices 7, PATCH inferenceservices 1, ' +
      'PUT experiments/status 2, PATCH experiments 1, POST events 1',
  ],
  'promoted for its reward': [
    'start: GET experiments 4, PUT experiments/status 6, PATCH experiments 4, ' +
      'LIST experiments 3, POST events 2, GET inferenceservices 2, GET metrics 1, ' +
      'PATCH inferenceservices 1',
    'sweep: LIST experiments 18, HAND OVER start 1, HAND OVER iterate 3, HAND OVER finish 3',
    'iterate: GET experiments 3, GET inferenceservices 3, ASK sales default 3, ' +
      'ASK sales canary 3, ASK series requests 12, ASK series sales 12, ' +
      'PUT experiments/status 3, POST events 3, PATCH inferenceservices 2, PATCH experiments 1',
    'finish: GET experiments 5, GET inferenceservices 4, PATCH inferenceservices 1, ' +
      'PUT experiments/status 2, PATCH experiments 1, POST events 1',
  ],
};

/** The calls of a scenario, a line for each function. */
export function callsOf(scenario: string): readonly string[] {
  return CALLS[scenario] ?? [];
}

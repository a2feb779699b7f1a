import http from 'node:http';
import https from 'node:https';
import { CloudEvent, HTTP } from 'cloudevents';
import type { Row } from '../experiment/nextStep.ts';
import type { FunctionName } from '../experiment/stages.ts';

/** Hands a step of an experiment over to whoever the Broker gives it to. Throws where it refuses. */
export type HandOver = (step: FunctionName, row: Row, signal: AbortSignal) => Promise<void>;

/** Hands over through a Broker. The event's id is the same for the same step of the same state. */
export function broker(sink: string, namespace: string): HandOver {
  const url = new URL(sink);
  const client = url.protocol === 'https:' ? https : http;
  const agent = new client.Agent({ keepAlive: true, maxSockets: 32 });
  return (step, row, signal) => {
    const { headers, body } = HTTP.binary(stepEvent(step, row, namespace));
    return new Promise((resolve, reject) => {
      const request = client.request(
        url,
        { method: 'POST', agent, headers: headers, signal },
        (response) => {
          response.resume();
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve();
          else reject(new Error(`the Broker answered with HTTP status ${status}`));
        },
      );
      request.on('error', reject);
      request.end(body as string);
    });
  };
}

/** The event that asks for a step of an experiment. */
export function stepEvent(step: FunctionName, row: Row, namespace: string): CloudEvent<object> {
  const { uid, run, stage, completedIterations, name } = row;
  return new CloudEvent({
    type: `tools.iter8.experiment.${step}`,
    source: `/namespaces/${namespace}/functions/iterate`,
    id: `${uid}/${run}/${stage}/${completedIterations}`,
    subject: `namespaces/${row.namespace}/experiments/${name}`,
    experimentuid: uid,
    run: String(run),
    datacontenttype: 'application/json',
    data: {},
  });
}

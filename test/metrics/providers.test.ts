import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hiddenIn, quoted, seriesIn } from '../../functions/lib/metrics/providers.ts';

const hidden = suite('what an answer with status 200 hides');
const shown = suite('answers that hide nothing');
const names = suite('names of providers');
const quotes = suite('what a backend said');
const counts = suite('seriesIn');

/** Provider | what it answers | the reason to be told | a part of the message. */
const HIDDEN = String.raw`
elasticsearch | {"took":7,"timed_out":true,"_shards":{"total":5,"successful":5,"skipped":0,"failed":0},"hits":{"total":{"value":0}}} | Partial | the search timed out
elasticsearch | {"took":7,"timed_out":false,"_shards":{"total":5,"successful":5,"skipped":0,"failed":2,"failures":[{"shard":3,"reason":{"type":"x","reason":"no shard available"}}]},"hits":{"total":{"value":0}}} | Partial | 2 of 5 shards failed: no shard available
opensearch | {"took":7,"timed_out":false,"_shards":{"total":5,"failed":1},"hits":{"total":{"value":0}}} | Partial | 1 of 5 shards failed
elasticsearch | {"took":7,"timed_out":false,"_shards":{"total":5,"successful":5,"skipped":0,"failed":0},"hits":{"total":{"value":0}},"_clusters":{"total":2,"skipped":1}} | Partial | 1 clusters were skipped
elasticsearch | {"is_running":true,"response":{"took":7,"timed_out":false,"_shards":{"total":5,"successful":5,"skipped":0,"failed":0},"hits":{"total":{"value":0}}}} | Partial | still running
elasticsearch | {"is_partial":true,"columns":[],"values":[]} | Partial | is_partial
elasticsearch | {"is_partial":false,"response":{"took":7,"timed_out":true,"_shards":{"total":5,"successful":5,"skipped":0,"failed":0},"hits":{"total":{"value":0}}}} | Partial | timed out
elasticsearch | {"error":{"root_cause":[{"type":"parsing_exception","reason":"unknown query [trem]"}],"type":"x","reason":"y"},"status":400} | BadQuery | it says: unknown query [trem]
elasticsearch | {"responses":[{"took":7,"timed_out":false,"_shards":{"total":5,"successful":5,"skipped":0,"failed":0},"hits":{"total":{"value":0}}},{"error":{"type":"a","reason":"b"},"status":429}]} | RateLimited | b
elasticsearch | {"error":{"type":"security_exception","reason":"unable to authenticate"},"status":401} | Unauthorized | unable
elasticsearch | {"error":"no handler found for uri","status":404} | NotFound | no handler
elasticsearch | {"error":{"type":"circuit_breaking_exception","reason":"Data too large"}} | ServerError | too large
datadog | {"status":"error","res_type":"time_series","from_date":1,"to_date":2,"message":"","error":"Error parsing query: unable to parse"} | BadQuery | unable to parse
datadog | {"status":"error","message":"Query timed out"} | Timeout | timed out
datadog | {"status":"error"} | BadQuery | an error, without a text
datadog | {"errors":["Forbidden"]} | Unauthorized | Forbidden
datadog | {"errors":["Rate limit of 100 requests in 3600 seconds reached."]} | RateLimited | 3600
datadog | {"status":"ok","res_type":"time_series","from_date":1,"to_date":2,"message":"","series":[]} | NoData | no points
datadog | {"status":"ok","res_type":"time_series","from_date":1,"to_date":2,"message":"","series":[{"pointlist":[[1,null]]}]} | NoData | no points
datadog | {"status":"error","res_type":"time_series","from_date":1,"to_date":2,"message":"","error":"timeout","series":[{"pointlist":[[1,2]]}]} | Partial | timeout
datadog | {"data":{"attributes":{"series":[],"times":[],"values":[]}}} | NoData | no points
datadog | {"data":{"attributes":{"columns":[{"type":"number","values":[null]}]}}} | NoData | no points
datadog | {"data":{"attributes":{"columns":[{"type":"group","values":[["a"]]}]}}} | NoData | no points
datadog | {"data":{"attributes":{"series":[{}],"values":[[1]]}},"errors":"some missing"} | Partial | some missing
newrelic | {"data":{"actor":{"account":{"nrql":null}}},"errors":[{"message":"NRQL Syntax Error: unexpected 'timeout'","extensions":{"errorClass":"INVALID_INPUT"},"locations":[{"line":1,"column":31}]}]} | BadQuery | NRQL
newrelic | {"data":{"actor":{"account":{"nrql":null}}},"errors":[{"message":"before: \"}\"","extensions":{"errorClass":"GRAPHQL_PARSE_FAILED"},"locations":[{"line":1,"column":31}]}]} | BadQuery | before
newrelic | {"error":"Syntax error near 'timeout'"} | BadQuery | near
newrelic | {"data":{"actor":{"account":{"nrql":null}}},"errors":[{"message":"What happened","extensions":{"errorClass":"TIMEOUT"},"locations":[{"line":1,"column":31}]}]} | Timeout | What happened
newrelic | {"data":{"actor":{"account":{"nrql":null}}},"errors":[{"message":"What happened","extensions":{"errorClass":"TOO_MANY_REQUESTS"},"locations":[{"line":1,"column":31}]}]} | RateLimited | What
newrelic | {"data":{"actor":{"account":{"nrql":null}}},"errors":[{"message":"What happened","extensions":{"errorClass":"ACCESS_DENIED"},"locations":[{"line":1,"column":31}]}]} | Unauthorized | What
newrelic | {"errors":[{"message":"What happened","extensions":{"errorClass":"UNAUTHORIZED"},"locations":[{"line":1,"column":31}]}]} | Unauthorized | What
newrelic | {"data":{"actor":{"account":{"nrql":null}}},"errors":[{"message":"What happened","extensions":{"errorClass":"SERVER_ERROR"},"locations":[{"line":1,"column":31}]}]} | ServerError | What
newrelic | {"data":{"actor":{"account":{"nrql":{"results":[{"value":1}]}}}},"errors":[{"message":"What happened","extensions":{"errorClass":"TIMEOUT"},"locations":[{"line":1,"column":31}]}]} | Partial | What happened
newrelic | {"data":{"actor":{"account":{"nrql":{"results":[{"value":null}]}}}},"errors":[{"message":"What happened","extensions":{"errorClass":"TIMEOUT"},"locations":[{"line":1,"column":31}]}]} | Timeout | What happened
newrelic | {"data":{"actor":{"account":{"nrql":{"results":[]}}}}} | NoData | no results
newrelic | {"data":{"actor":{"account":{"nrql":{"results":[{"value":null,"p":{"95":null}}]}}}}} | NoData | no results
newrelic | {"data":{"actor":{"account":{"nrql":{"queryProgress":{"completed":false}}}}}} | Timeout | not finished
jaeger | {"data":null,"errors":[{"code":400,"msg":"parameter 'service' is required"}],"total":0,"limit":0,"offset":0} | BadQuery | 'service'
jaeger | {"data":null,"errors":[{"code":500,"msg":"unavailable"}],"total":0,"limit":0,"offset":0} | ServerError | unavailable
jaeger | {"data":[{}],"errors":[{"code":500,"msg":"deadline exceeded"}],"total":0,"limit":0,"offset":0} | Partial | deadline
jaeger | {"data":null,"errors":null,"total":0,"limit":0,"offset":0} | NoData | no traces
jaeger | {"data":[],"errors":null,"total":0,"limit":0,"offset":0} | NoData | no traces
jaeger | {"data":[{},{}],"errors":null,"total":0,"limit":2,"offset":0} | Partial | the limit of 2
sysdig | {"errors":[{"reason":"Bad request","message":"Invalid filter"}]} | BadQuery | Invalid filter
sysdig | {"timestamp":1,"status":401,"error":"x","message":"Bad credentials"} | Unauthorized | Bad credentials
sysdig | {"data":[{"t":1,"d":[1]}],"errors":[{"message":"m"}]} | Partial | m
sysdig | {"data":[],"start":1,"end":2} | NoData | no data
sysdig | {"data":[{"t":1,"d":[null]}]} | NoData | no data
influxdb | {"results":[{"statement_id":0,"error":"error parsing query: found FORM"}]} | BadQuery | FORM
influxdb | {"results":[{"series":[{}]},{"error":"timeout"}]} | Partial | timeout
influxdb | {"error":"authorization failed"} | Unauthorized | failed
influxdb | {"results":[{"series":[{"values":[[1,2]],"partial":true}]}]} | Partial | partial
influxdb | {"results":[{"series":[{"values":[[1,2]]}],"partial":true}]} | Partial | partial
influxdb | {"results":[{"statement_id":0}]} | NoData | no series
influxdb | {"code":"invalid","message":"compilation failed"} | BadQuery | compilation
influxdb | {"code":"too many requests","message":"m"} | RateLimited | m
influxdb | [] | NoData | no rows
graphite | [] | NoData | no datapoints
graphite | [{"target":"a","datapoints":[]}] | NoData | no datapoints
graphite | [{"target":"a","datapoints":[[null,1],[null,2]]}] | NoData | no datapoints
prometheus | {"status":"error","errorType":"bad_data","error":"invalid parameter \"query\""} | BadQuery | "query"
prometheus | {"status":"error","errorType":"timeout","error":"query timed out"} | Timeout | timed out
prometheus | {"status":"error","errorType":"execution","error":"many-to-many"} | BadQuery | many
prometheus | {"status":"error","errorType":"unavailable","error":"m"} | ServerError | m
mimir | {"status":"error","errorType":"too_many_requests","error":"m"} | RateLimited | m
victoriametrics | {"status":"error","errorType":"422","error":"cannot parse"} | BadQuery | cannot
prometheus | {"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]},"warnings":["a store is gone"]} | Partial | it warns: a store
- | {"status":"success","isPartial":true,"data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]}} | Partial | isPartial
- | {"status":"success","data":{"resultType":"vector","result":[]}} | NoData | no series
`;

/** Provider | what it answers | why there is nothing to tell. */
const SHOWN = String.raw`
elasticsearch | {"took":7,"timed_out":false,"_shards":{"total":5,"successful":5,"skipped":0,"failed":0},"hits":{"total":{"value":0}}} | no hits may be what is counted
elasticsearch | {"took":7,"timed_out":false,"_shards":{"total":5,"successful":5,"skipped":0,"failed":0},"hits":{"total":{"value":0}},"terminated_early":true} | somebody asked for that
datadog | {"status":"ok","res_type":"time_series","from_date":1,"to_date":2,"message":"","error":"","errors":[],"series":[{"pointlist":[[1,null],[2,0]]}]} | a zero is a number
datadog | {"data":{"attributes":{"series":[{}],"values":[[null,3]]}}} | an interval without points
datadog | {"data":{"attributes":{"columns":[{"type":"number","values":[0.5]}]}}} | one number
datadog | {"other":1} | another API
newrelic | {"data":{"actor":{"account":{"nrql":{"results":[{"value":0}]}}}}} | a zero is a number
newrelic | {"results":[{"count":0}]} | the older API
jaeger | {"data":[{}],"errors":[],"total":0,"limit":0,"offset":0} | no errors, and no limit
sysdig | {"data":[{"t":1,"d":[0,null]}]} | a value beside none
influxdb | {"results":[{"series":[{"values":[[1,2]]}]}]} | a series
influxdb | [{"_value":1}] | rows
graphite | [{"datapoints":[[null,1],[0,2],[null,3],[null,4]]}] | nulls are intervals without points
prometheus | {"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]},"warnings":[],"infos":["x"]} | no warnings
prometheus | {"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]},"warnings":["PromQL info: no counter"]} | a hint
prometheus | {"status":"success","data":{"resultType":"scalar","result":[1,"2"]}} | a scalar
thanos | {"value":3} | any other JSON
- | {"status":"green","error":"none"} | any other JSON
`;

type Line = { provider: string | undefined; json: unknown; rest: string[] };

/** The lines of a table; a hyphen stands for no provider. */
function linesOf(table: string): Line[] {
  const lines = table.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [provider, json = '', ...rest] = line.split(' | ');
    const answered = JSON.parse(json) as unknown;
    return { provider: provider === '-' ? undefined : provider, json: answered, rest };
  });
}

for (const { provider, json, rest } of linesOf(HIDDEN)) {
  const [reason = '', message = ''] = rest;
  hidden(`${provider ?? 'no provider'}: ${reason} in ${JSON.stringify(json)}`, () => {
    const found = hiddenIn(provider, json);
    assert.is(found?.reason, reason);
    assert.is(found?.kind, reason === 'NoData' ? 'NoData' : 'Error');
    assert.ok(found?.message.includes(message), found?.message);
  });
}

for (const { provider, json, rest } of linesOf(SHOWN)) {
  shown(`${provider ?? 'no provider'}: ${rest.join()}`, () => {
    assert.is(hiddenIn(provider, json), undefined);
  });
}

names('do not depend on case, blanks and hyphens', () => {
  for (const name of ['newrelic', 'NewRelic', 'New Relic', 'new-relic', 'new_relic']) {
    assert.is(hiddenIn(name, { results: [] })?.reason, 'NoData');
  }
  assert.is(hiddenIn('constructor', []), undefined);
});

quotes('is one line without control characters, cut at its length', () => {
  assert.is(quoted('a\r\n\tb\u0000\u202ec '), 'a b c');
  assert.is(quoted('x'.repeat(1e6)).length, 200);
  assert.is(quoted('😀'.repeat(200)).isWellFormed(), true);
  assert.is(quoted([{ error: { message: 'deep' } }, 'second']), 'deep');
  for (const nothing of [undefined, null, {}, [], true, { message: 1 }])
    assert.is(quoted(nothing), '');
});

quotes('never makes a message longer than a few lines', () => {
  const long = 'x'.repeat(1e6);
  for (const json of [
    { status: 'error', error: long, errorType: long },
    { status: 'success', warnings: [long] },
  ]) {
    assert.ok(hiddenIn(undefined, json)!.message.length < 300);
  }
});

counts('counts a vector, takes a scalar for one, and all else for none', () => {
  assert.is(seriesIn({ data: { resultType: 'vector', result: [{}, {}] } }), 2);
  assert.is(seriesIn({ data: { resultType: 'matrix', result: [] } }), 0);
  assert.is(seriesIn({ data: { resultType: 'scalar', result: [1, '2'] } }), 1);
  for (const json of [undefined, null, 3, [], {}, { data: [] }, { data: { result: 3 } }]) {
    assert.is(seriesIn(json), 0);
  }
});

hidden('no JSON makes it throw, or be a value', () => {
  const found = fc.constantFrom(...linesOf(HIDDEN), ...linesOf(SHOWN));
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(null, 0, '', 'x', [], {}, [null], { toString: 1, valueOf: 1 }),
  );
  // An answer with one of its parts, however deep, replaced by anything.
  const bent = fc.tuple(found, fc.nat(30), value).map(([{ provider, json }, position, instead]) => {
    let left = position;
    const replace = (_key: string, part: unknown): unknown => (left-- === 0 ? instead : part);
    return { provider, json: JSON.parse(JSON.stringify([json], replace)) as unknown };
  });
  fc.assert(
    fc.property(bent, ({ provider, json }) => {
      const answered = Array.isArray(json) ? (json[0] as unknown) : json;
      const measured = hiddenIn(provider, answered);
      assert.ok(measured === undefined || ['Error', 'NoData'].includes(measured.kind));
      assert.type(seriesIn(answered), 'number');
    }),
    { numRuns: 20_000, seed: 6 },
  );
});

hidden.run();
shown.run();
names.run();
quotes.run();
counts.run();

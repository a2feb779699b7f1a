// Generated from eventing/crd/experiment.yaml by scripts/generate-types.ts: do not edit.

import type { MetricSpec, ObjectMeta, Quantity } from './metric.gen.ts';

export type { MetricSpec, ObjectMeta, Quantity };

/**
 * A live experiment on versions of a model: traffic moves between them by what the metrics say, and
 * at the end the winner is promoted or the baseline restored.
 */
export interface Experiment {
  /** Version of this schema, iter8.tools/v2alpha2. */
  apiVersion: string;
  /** Kind of the object, Experiment. */
  kind: string;
  metadata: ObjectMeta;
  /** What to compare, by which criteria, how to shift traffic and for how long. */
  spec: ExperimentSpec;
  /** Where the experiment stands. Written by the product alone. */
  status?: ExperimentStatus;
}

/** What to compare, by which criteria, how to shift traffic and for how long. */
export interface ExperimentSpec {
  /**
   * What the experiment is about: [namespace/]name of an InferenceService (default, the namespace
   * of the Experiment). Where the versions have weightObjRefs it is a free text. Two experiments
   * with the same target run one after the other.
   */
  target: string;
  /**
   * true: the weights are held and nothing is iterated until it is false again; the time in between
   * does not count. No effect once the outcome is decided.
   */
  suspend?: boolean;
  /**
   * End now with this outcome. Promote waits for a candidate that is ready and for freeze windows
   * to end; Rollback does not wait.
   */
  verdict?: PersonsVerdict;
  /**
   * The versions to compare. Absent: found in the target, as baseline "default" and candidate
   * "canary", each with a variable "revision".
   */
  versionInfo?: VersionInfo;
  /** How the versions are tested and how traffic moves between them. */
  strategy: Strategy;
  /** By what the versions are judged. */
  criteria?: Criteria;
  /** How long the experiment runs. Iterations in total, iterationsPerLoop x maxLoops. */
  duration: Duration;
}

/**
 * End now with this outcome. Promote waits for a candidate that is ready and for freeze windows to
 * end; Rollback does not wait.
 */
export type PersonsVerdict = 'Promote' | 'Rollback';

export interface VersionInfo {
  /** The version in use now. It gets the traffic back when the candidates fail. */
  baseline: VersionDetail;
  /**
   * The versions that compete with the baseline. Exactly one for Canary and A/B, at least one for
   * A/B/N, none for Conformance.
   */
  candidates?: VersionDetail[];
}

export interface VersionDetail {
  /**
   * Name of the version, unique in the experiment. Weights and results are reported under it, and
   * metric queries know it as $name.
   */
  name: string;
  /** Values that metric queries may use as $name or ${name}. */
  variables?: Variable[];
  /**
   * The field of a Kubernetes object that holds this version's weight (a percentage), for example a
   * route of an Istio VirtualService. It is read and patched at fieldPath.
   */
  weightObjRef?: WeightObjRef;
}

export interface Variable {
  /** Name of the variable. Where a name is given twice the last one counts. */
  name: string;
  /** Value of the variable. */
  value: string;
}

/**
 * The field of a Kubernetes object that holds this version's weight (a percentage), for example a
 * route of an Istio VirtualService. It is read and patched at fieldPath.
 */
export interface WeightObjRef {
  /** Group and version of the object, for example networking.istio.io/v1beta1. */
  apiVersion: string;
  /** Kind of the object, for example VirtualService. */
  kind: string;
  /** Namespace of the object. Default, the namespace of the Experiment. */
  namespace?: string;
  /** Name of the object. */
  name: string;
  /**
   * JSONPath of the weight inside the object. It starts with a dot, for example
   * .spec.http[0].route[1].weight.
   */
  fieldPath?: string;
  /** Accepted because every Kubernetes object reference has it. Not used. */
  uid?: string;
  /** Accepted because every Kubernetes object reference has it. Not used. */
  resourceVersion?: string;
}

/** How the versions are tested and how traffic moves between them. */
export interface Strategy {
  /**
   * Canary: the candidate wins if it satisfies the objectives. A/B: the version with the better
   * reward wins. A/B/N (also spelled A/B/n): A/B with any number of candidates. Conformance: one
   * version, judged by the objectives alone.
   */
  testingPattern: TestingPattern;
  /**
   * Progressive: traffic moves step by step to the winner. FixedSplit: the weights stay as they
   * are, or as weights.split says. BlueGreen: all traffic goes to the candidate at once, and back
   * if an objective is violated. Not used by Conformance.
   */
  deploymentPattern: DeploymentPattern;
  /**
   * Who gives the winner all traffic at the end. Automatic: the experiment does. ByActions: the
   * finish actions do. Absent means Automatic.
   */
  promotion?: Promotion;
  /**
   * A promotion waits until somebody sets spec.verdict. Meanwhile the experiment goes on, and is
   * rolled back where it has to be.
   */
  approval?: Approval;
  /** Times in which nothing is promoted. */
  freeze?: FreezeRules;
  /** Limits for the candidates' traffic, or the split to keep. */
  weights: Weights;
  /**
   * Steps to run at certain points: start (before the first iteration), loop (after each loop) and
   * finish (at the end). Steps under other names never run.
   */
  actions?: {
    /** Steps, run in order. */
    [k: string]: TaskSpec[];
  };
}

/**
 * Canary: the candidate wins if it satisfies the objectives. A/B: the version with the better
 * reward wins. A/B/N (also spelled A/B/n): A/B with any number of candidates. Conformance: one
 * version, judged by the objectives alone.
 */
export type TestingPattern = 'Canary' | 'A/B' | 'A/B/N' | 'A/B/n' | 'Conformance';

/**
 * Progressive: traffic moves step by step to the winner. FixedSplit: the weights stay as they are,
 * or as weights.split says. BlueGreen: all traffic goes to the candidate at once, and back if an
 * objective is violated. Not used by Conformance.
 */
export type DeploymentPattern = 'FixedSplit' | 'Progressive' | 'BlueGreen';

/**
 * Who gives the winner all traffic at the end. Automatic: the experiment does. ByActions: the
 * finish actions do. Absent means Automatic.
 */
export type Promotion = 'Automatic' | 'ByActions';

/**
 * A promotion waits until somebody sets spec.verdict. Meanwhile the experiment goes on, and is
 * rolled back where it has to be.
 */
export interface Approval {
  /** How long it waits, in seconds; at most 30 days. */
  deadlineSeconds: number;
  /** The outcome where nobody has answered in that time. */
  outcome: ApprovalOutcome;
}

/** The outcome where nobody has answered in that time. */
export type ApprovalOutcome = 'Promote' | 'Rollback';

/** Times in which nothing is promoted. */
export interface FreezeRules {
  /**
   * Promotion: the experiment goes on, and only its promotion (with BlueGreen also the switch at
   * the start) waits. Experiment: besides, it does not start, no weight rises and no iteration is
   * counted; a rollback never waits.
   */
  effect: FreezeEffect;
  /** The times. Outside of all of them the experiment is free. */
  windows: FreezeWindow[];
}

/**
 * Promotion: the experiment goes on, and only its promotion (with BlueGreen also the switch at the
 * start) waits. Experiment: besides, it does not start, no weight rises and no iteration is
 * counted; a rollback never waits.
 */
export type FreezeEffect = 'Promotion' | 'Experiment';

export interface FreezeWindow {
  /** Recurrence rule of RFC 5545, for example FREQ=WEEKLY;BYDAY=FR. */
  rule: string;
  /**
   * When it began for the first time, in its time zone, for example 2026-01-02T16:00:00. The rule
   * takes from here what it does not say, such as the hour.
   */
  start: string;
  /** Time zone of the rule, for example Europe/Berlin. */
  timeZone: string;
  /** How long it lasts each time, in seconds. */
  durationSeconds: number;
}

/** Limits for the candidates' traffic, or the split to keep. */
export interface Weights {
  /** The most traffic that one candidate gets, in percent. */
  maxCandidateWeight: number;
  /**
   * The most that a candidate's traffic grows in one iteration, in percentage points. It may shrink
   * by any amount.
   */
  maxCandidateWeightIncrement: number;
  /**
   * How traffic moves with deploymentPattern Progressive. Progressive: step by step to the winner;
   * where strength is Proven, as fast as the evidence allows. EpsilonGreedy: all but the
   * exploration to the best version so far. PosteriorBayesianRouting: in proportion to the
   * probability of having the best reward. TopTwoThompson: to the two best, so that the winner is
   * found soon. Absent: PosteriorBayesianRouting for A/B and A/B/N where strength is Proven, else
   * Progressive.
   */
  algorithm?: WeightAlgorithm;
  /**
   * Share of the traffic that is spread evenly over all versions, in percent, by every algorithm
   * but Progressive where strength is Proven. Absent means 10.
   */
  explorationPercent?: number;
  /**
   * Percentages of the traffic in version order, the baseline's first. They add up to 100. Only
   * with deploymentPattern FixedSplit.
   */
  split?: number[];
}

/**
 * How traffic moves with deploymentPattern Progressive. Progressive: step by step to the winner;
 * where strength is Proven, as fast as the evidence allows. EpsilonGreedy: all but the exploration
 * to the best version so far. PosteriorBayesianRouting: in proportion to the probability of having
 * the best reward. TopTwoThompson: to the two best, so that the winner is found soon. Absent:
 * PosteriorBayesianRouting for A/B and A/B/N where strength is Proven, else Progressive.
 */
export type WeightAlgorithm =
  'Progressive' | 'EpsilonGreedy' | 'PosteriorBayesianRouting' | 'TopTwoThompson';

export interface TaskSpec {
  /** Name of the task, for example notification/http. */
  task?: string;
  /** A script to run. */
  run?: string;
  /** Condition for the step, for example CandidateWon(). Absent: the step always runs. */
  if?: string;
  /** Inputs of the task, as that task defines them. */
  with?: {
    [k: string]: unknown;
  };
}

/** By what the versions are judged. */
export interface Criteria {
  /**
   * Metric that counts the requests of a version since the start: name, or namespace/name. It tells
   * whether a version had enough of them, and whether the traffic was divided as it was meant to
   * be.
   */
  requestCount?: string;
  /**
   * Requests that a version must have had before it can satisfy an objective or win. It has no
   * effect without requestCount, or where its query does not use $elapsedTime.
   */
  minimumRequests: number;
  /**
   * After so many iterations in a row in which the metric of an objective or reward could not be
   * read, the baseline gets its traffic back. Until then the weights are held.
   */
  consecutiveErrorLimit: number;
  /** Metrics that are read and reported, and decide nothing. */
  indicators?: string[];
  /** Limits that a version must keep to be promoted, all of them. */
  objectives?: Objective[];
  /**
   * The metrics that decide between versions that satisfy all objectives: the first one does,
   * others are only reported. At least one for A/B and A/B/N, none for Canary and Conformance.
   */
  rewards?: Reward[];
  /**
   * How much evidence a decision needs. Absent: the latest values are compared with the limits, as
   * iter8 did, and nobody knows how sure that is.
   */
  strength?: Strength;
}

export interface Objective {
  /** Metric to judge by: name, or namespace/name. */
  metric: string;
  /**
   * The highest value that is still good, in the metric's units: a whole number or a quoted
   * quantity such as "0.01", "10m" or "2k".
   */
  upperLimit?: Quantity;
  /**
   * The lowest value that is still good, in the metric's units: a whole number or a quoted quantity
   * such as "0.01", "10m" or "2k".
   */
  lowerLimit?: Quantity;
  /**
   * End the experiment and give the baseline its traffic back as soon as a candidate violates this
   * objective. Absent means true for BlueGreen and where the violation is proved (strength), false
   * otherwise.
   */
  rollback_on_failure?: boolean;
  /** Observed: this objective is judged by its latest value, whatever criteria.strength says. */
  method?: ObjectiveMethod;
}

/** Observed: this objective is judged by its latest value, whatever criteria.strength says. */
export type ObjectiveMethod = 'Observed';

export interface Reward {
  /** Metric that is the reward: name, or namespace/name. */
  metric: string;
  /** Whether higher or lower values are better. */
  preferredDirection: PreferredDirection;
}

/** Whether higher or lower values are better. */
export type PreferredDirection = 'High' | 'Low';

/**
 * How much evidence a decision needs. Absent: the latest values are compared with the limits, as
 * iter8 did, and nobody knows how sure that is.
 */
export interface Strength {
  /**
   * Proven: from the requests counted, with bounds on how often a decision is wrong, however often
   * one looks. Observed: the latest values are compared.
   */
  method: StrengthMethod;
  /**
   * How sure a decision has to be. At 0.95, of 100 versions that just break a limit at most 5 are
   * promoted, and of 100 that keep it at most 5 are rolled back.
   */
  confidence: string;
  /**
   * When a version may be promoted. AtEnd: after the last iteration. Early: as soon as it is proved
   * good. A version that is proved bad is rolled back at once either way.
   */
  decide: Decide;
}

/**
 * Proven: from the requests counted, with bounds on how often a decision is wrong, however often
 * one looks. Observed: the latest values are compared.
 */
export type StrengthMethod = 'Observed' | 'Proven';

/**
 * When a version may be promoted. AtEnd: after the last iteration. Early: as soon as it is proved
 * good. A version that is proved bad is rolled back at once either way.
 */
export type Decide = 'AtEnd' | 'Early';

/** How long the experiment runs. Iterations in total, iterationsPerLoop x maxLoops. */
export interface Duration {
  /** Seconds from one iteration to the next. No shorter than the tick in effect. */
  intervalSeconds: number;
  /** Iterations in one loop. */
  iterationsPerLoop: number;
  /** Number of loops. */
  maxLoops: number;
}

/** Where the experiment stands. Written by the product alone. */
export interface ExperimentStatus {
  /** Number of this run, 1 for the first. */
  run?: number;
  /** The metadata.generation that was acted on last. */
  observedGeneration?: number;
  /**
   * Stage of the experiment. It only moves forward: Waiting (for its target), Initializing,
   * Running, Finishing, Completed.
   */
  stage?: Stage;
  /** When the present stage began. */
  stageStartTime?: string;
  /**
   * When the present stage ends at the latest, with a reason. Absent while its clock stands still,
   * and while a promotion waits.
   */
  deadline?: string;
  /** Since when the clock of the iterations has stood still. */
  pausedSince?: string;
  /** How long the clock has stood still before, in this stage. */
  pausedSeconds?: number;
  /** When the freeze windows that are in force will all have ended. */
  nextOpening?: string;
  /** Until when the promotion waits for spec.verdict. */
  approvalDeadline?: string;
  /**
   * What the experiment goes by since its last iteration, in words: duration, limits, gates. An
   * Event tells what an edit of the spec has changed in them.
   */
  terms?: string[];
  /** When the experiment was first seen. */
  initTime?: string;
  /** When the first iteration began. */
  startTime?: string;
  /** When the last iteration ended. */
  lastUpdateTime?: string;
  /** When the next iteration is due. */
  nextIterationTime?: string;
  /** The time for which the last iteration asked the metrics. */
  evaluationTime?: string;
  /**
   * Until when requests have been counted for decisions that have to be proved. The next look
   * counts from here.
   */
  countedUntil?: string;
  /** Number of iterations done. */
  completedIterations?: number;
  /** Iterations in a row in which the metric of an objective or reward could not be read. */
  consecutiveErrors?: number;
  /** What happened last, or what the experiment waits for. */
  message?: string;
  /** Name of the winner so far, or of the baseline where there is none. */
  versionRecommendedForPromotion?: string;
  /**
   * Conditions of the experiment: Completed, Failed, TargetAcquired, Ready, Progressing, Paused,
   * Promoted and RolledBack.
   */
  conditions?: Condition[];
  /** The versions that were found, where spec.versionInfo is absent. */
  versionInfo?: VersionInfo;
  /** What the target was found to be, and how it was before the experiment. */
  target?: TargetStatus;
  /** The traffic of each version as it is meant to be, in version order. */
  currentWeightDistribution?: VersionWeight[];
  /** What was decided at the end of the iterations. */
  outcome?: Outcome;
  /** What the last iteration found. */
  analysis?: Analysis;
  /** What the decisions rest on, by version and criterion. */
  evidence?: Evidence[];
  /** The requests that each version has had, beside those that its weights let expect. */
  exposure?: Exposure[];
  /**
   * One point per iteration, for plots. Where there are more than fit, older ones are thinned out.
   */
  history?: HistoryPoint[];
  /** The Metric objects as they were read at the start. Later edits have no effect. */
  metrics?: MetricInfo[];
}

/**
 * Stage of the experiment. It only moves forward: Waiting (for its target), Initializing, Running,
 * Finishing, Completed.
 */
export type Stage = 'Waiting' | 'Initializing' | 'Running' | 'Finishing' | 'Completed';

export interface Condition {
  /** Name of the condition. */
  type: string;
  /** Whether the condition holds. */
  status: ConditionStatus;
  /** When status last changed. */
  lastTransitionTime?: string;
  /** One word that says why. */
  reason?: string;
  /** A sentence that says why, and what to do where something is wrong. */
  message?: string;
  /** The metadata.generation for which this was found. */
  observedGeneration?: number;
}

/** Whether the condition holds. */
export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** What the target was found to be, and how it was before the experiment. */
export interface TargetStatus {
  /**
   * InferenceService: its traffic is split. WeightObjects: the objects that weightObjRefs name are
   * patched. None: no traffic is moved.
   */
  type?: TargetType;
  /** What only one experiment at a time may hold, separated by commas. */
  lock?: string;
  /** Revision of the InferenceService that is the baseline. */
  baselineRevision?: string;
  /** Revision of the InferenceService that is the candidate. */
  candidateRevision?: string;
  /** The weights as they were before the experiment. */
  originals?: OriginalValue[];
  /** Since when the candidate has not been ready. */
  notReadySince?: string;
  /** Since when the candidate has had no data while the baseline has. */
  noDataSince?: string;
}

/**
 * InferenceService: its traffic is split. WeightObjects: the objects that weightObjRefs name are
 * patched. None: no traffic is moved.
 */
export type TargetType = 'InferenceService' | 'WeightObjects' | 'None';

export interface OriginalValue {
  /** Group and version of the object. */
  apiVersion: string;
  /** Kind of the object. */
  kind: string;
  /** Namespace of the object. */
  namespace: string;
  /** Name of the object. */
  name: string;
  /** JSONPath of the field. */
  fieldPath: string;
  /** The value. Absent where the field was absent. */
  value?: number;
}

export interface VersionWeight {
  /** Name of the version. */
  name: string;
  /** Percentage of the traffic, 0 to 100. */
  value: number;
}

/** What was decided at the end of the iterations. */
export interface Outcome {
  /**
   * Promote: the version gets all traffic. Rollback: traffic goes back to how it was before. Keep:
   * traffic stays as it is.
   */
  decision: Decision;
  /** Name of the version that is promoted. */
  version?: string;
  /** One word that says why. */
  reason: string;
  /** A sentence that says why. */
  message: string;
}

/**
 * Promote: the version gets all traffic. Rollback: traffic goes back to how it was before. Keep:
 * traffic stays as it is.
 */
export type Decision = 'Promote' | 'Rollback' | 'Keep';

/** What the last iteration found. */
export interface Analysis {
  /** The values of the metrics. */
  aggregatedMetrics?: AggregatedMetricsAnalysis;
  /** Which versions satisfy which objectives. */
  versionAssessments?: VersionAssessmentAnalysis;
  /** Which version wins. */
  winnerAssessment?: WinnerAssessmentAnalysis;
  /** The weights that follow from the analysis. */
  weights?: WeightsAnalysis;
  /**
   * What the decisions need to know of all looks before, in a form of its own whose version comes
   * first. Not for people, and not to be edited.
   */
  state?: string;
  /** Histograms collected by the task metrics/collect. */
  aggregatedBuiltinHists?: BuiltinHistsAnalysis;
}

/** The values of the metrics. */
export interface AggregatedMetricsAnalysis {
  /** What computed this. */
  provenance: string;
  /** When this was computed. */
  timestamp: string;
  /** Errors, warnings and information, for people. */
  message?: string;
  /** Values by metric. */
  data: {
    /** The values of one metric. */
    [k: string]: AggregatedMetric;
  };
}

/** The values of one metric. */
export interface AggregatedMetric {
  /** Highest value over all versions. */
  max?: Quantity;
  /** Lowest value over all versions. */
  min?: Quantity;
  /** Values by version. */
  data: {
    /** The value of one metric for one version. */
    [k: string]: AggregatedMetricVersion;
  };
}

/** The value of one metric for one version. */
export interface AggregatedMetricVersion {
  /** Highest value so far. */
  max?: Quantity;
  /** Lowest value so far. */
  min?: Quantity;
  /** The value, in the metric's units. Absent where there is no data. */
  value?: Quantity;
  /** Number of requests behind the value. */
  sampleSize?: number;
}

/** Which versions satisfy which objectives. */
export interface VersionAssessmentAnalysis {
  /** What computed this. */
  provenance: string;
  /** When this was computed. */
  timestamp: string;
  /** Errors, warnings and information, for people. */
  message?: string;
  /** By version, whether it satisfies each objective, in the order of criteria.objectives. */
  data: {
    /** Whether the version satisfies each objective. No data counts as false. */
    [k: string]: boolean[];
  };
}

/** Which version wins. */
export interface WinnerAssessmentAnalysis {
  /** What computed this. */
  provenance: string;
  /** When this was computed. */
  timestamp: string;
  /** Errors, warnings and information, for people. */
  message?: string;
  /** The winner, if there is one. */
  data: WinnerAssessment;
}

/** The winner, if there is one. */
export interface WinnerAssessment {
  /** Whether there is a winner. */
  winnerFound: boolean;
  /** Name of the winner. */
  winner?: string;
  /** Names of the versions that are best; more than one where they tie. */
  bestVersions?: string[];
}

/** The weights that follow from the analysis. */
export interface WeightsAnalysis {
  /** What computed this. */
  provenance: string;
  /** When this was computed. */
  timestamp: string;
  /** Errors, warnings and information, for people. */
  message?: string;
  /** The traffic that each version should get, in version order. */
  data: VersionWeight[];
}

/** Histograms collected by the task metrics/collect. */
export interface BuiltinHistsAnalysis {
  /** What computed this. */
  provenance: string;
  /** When this was computed. */
  timestamp: string;
  /** Errors, warnings and information, for people. */
  message?: string;
  /** Histograms by version. */
  data: {
    [k: string]: unknown;
  };
}

export interface Evidence {
  /** Name of the version. */
  version: string;
  /** The metric as the criteria name it. */
  metric: string;
  /** What the metric is in the criteria. */
  role: EvidenceRole;
  /** Position in criteria.objectives, from 0, where the role is Objective. */
  objective?: number;
  /** The value, in the metric's units. */
  estimate?: string;
  /**
   * Satisfied or Violated: the value is inside or outside the limits. Undecided: it does not say
   * enough. NoData: the backend has no value. Error: the backend gave no answer.
   */
  verdict: Verdict;
  /**
   * One word that says how the verdict came about, for example Value, Proven, TooFewRequests,
   * NoData, NaN, Timeout, Unreachable, Unauthorized or BadQuery.
   */
  reason?: string;
  /** A sentence that says the same to people. */
  message: string;
  /** Requests, or other samples, behind the estimate. */
  samples?: number;
  /**
   * Lower end of the interval that holds the true value with the confidence asked for, however
   * often one looks. Absent where there is none.
   */
  lower?: string;
  /** Upper end of that interval. Absent where there is none. */
  upper?: string;
  /**
   * Probability that the objective is met, or for a reward that the version is the best, as far as
   * the counts tell.
   */
  probability?: string;
  /**
   * How many more samples a decision will need at the present rate, roughly. Absent where none will
   * do.
   */
  samplesNeeded?: number;
  /**
   * How many times more the counts vary from look to look than independent requests do. So much
   * less they count. Absent where it is 1.
   */
  dispersion?: string;
}

/** What the metric is in the criteria. */
export type EvidenceRole = 'Objective' | 'Reward' | 'Indicator' | 'RequestCount';

/**
 * Satisfied or Violated: the value is inside or outside the limits. Undecided: it does not say
 * enough. NoData: the backend has no value. Error: the backend gave no answer.
 */
export type Verdict = 'Satisfied' | 'Violated' | 'Undecided' | 'NoData' | 'Error';

export interface Exposure {
  /** Name of the version. */
  version: string;
  /** Requests since the start, by the metric requestCount. Absent while unknown. */
  requests?: string;
  /** The fewest requests that its weights let expect. Absent where nothing can be said. */
  atLeast?: string;
  /** The most requests that its weights let expect. */
  atMost?: string;
  /** Its lowest weight since its requests were counted last, in percent. */
  lowestWeight?: number;
  /** Its highest weight since its requests were counted last, in percent. */
  highestWeight?: number;
}

export interface HistoryPoint {
  /** Number of the iteration, 1 for the first. */
  iteration: number;
  /** When it ended. */
  time: string;
  /** The weights from then on, in percent and version order. */
  weights: number[];
  /** What was measured for objectives and rewards. */
  estimates?: Estimate[];
}

export interface Estimate {
  /** The Metric as namespace/name. */
  metric: string;
  /** Its values in version order, to four digits; empty where there was none. */
  values: string[];
}

export interface MetricInfo {
  /** The Metric as namespace/name. */
  name: string;
  /** Which of the Metric's alternatives was found to be the right one. */
  alternative?: string;
  /**
   * What was asked last for each version, for people: placeholders filled in, except those of
   * secrets, and cut where it is long.
   */
  queries?: ResolvedQuery[];
  /** The Metric object. */
  metricObj: MetricSnapshot;
}

export interface ResolvedQuery {
  /** Name of the version. */
  version: string;
  /** The query. */
  query: string;
}

/** The Metric object. */
export interface MetricSnapshot {
  /** The spec of the Metric. */
  spec: MetricSpec;
  [k: string]: unknown;
}

#!/usr/bin/env bash
# Installs iter8-kserve and everything that it needs on a cluster for trying things out: see --help.
set -euo pipefail

# They belong together: KServe's release names the cert-manager and the Knative Serving that it is
# tested with, and that Knative wants Kubernetes 1.33 or newer, and request metrics read as the pack does.
readonly KUBERNETES_VERSION=v1.34.0 # for a new Minikube
readonly KUBERNETES_LEAST_MINOR=33
readonly CERT_MANAGER_VERSION=v1.17.0
readonly KNATIVE_SERVING_VERSION=v1.21.1
readonly KOURIER_VERSION=v1.21.0
readonly KNATIVE_EVENTING_VERSION=v1.21.0
readonly KSERVE_VERSION=v0.20.0
readonly PROMETHEUS_VERSION=v3.5.0
readonly METRICS_PACK=knative-1.19-scrape

readonly MINIKUBE_START="minikube start --cpus=6 --memory=12g --disk-size=40g --kubernetes-version=$KUBERNETES_VERSION"
readonly GITHUB=https://github.com
readonly TIMEOUT=600s
readonly MINIKUBE_REGISTRY=localhost:5000/iter8
readonly NEXT='Done. Go on with step 3 of samples/quickstart/README.md.'
readonly NAMESPACES='cert-manager knative-serving kourier-system knative-eventing kserve'

context='' registry='' is_dry=no asks=yes
kubeconfig='' forward=''

main() {
  parse "$@"
  cd "$(dirname "${BASH_SOURCE[0]}")/../.."
  trap clean_up EXIT
  check_programs
  choose_context
  if [[ $is_dry == no ]]; then
    check_cluster
    confirm
  fi
  install_all
  if [[ $is_dry == yes ]]; then tell 'Nothing was changed.'; else tell "$NEXT"; fi
}

usage() {
  cat << END
Usage: samples/quickstart/install-everything.sh [option ...]

Installs on a cluster for trying things out, for example on a new Minikube
($MINIKUBE_START):

  cert-manager $CERT_MANAGER_VERSION
  Knative Serving $KNATIVE_SERVING_VERSION with Kourier $KOURIER_VERSION
  Knative Eventing $KNATIVE_EVENTING_VERSION with in-memory channels and their Broker
  KServe $KSERVE_VERSION in Knative mode
  iter8-kserve, from these sources
  Prometheus $PROMETHEUS_VERSION and the metric pack $METRICS_PACK

What this script has installed before is left as it is. It touches nothing that came otherwise.

  --context NAME   change the cluster of this kubectl context; without it the current one's, after asking
  --yes            do not ask
  --registry NAME  where the functions' images go, such as quay.io/me, for the cluster to fetch them;
                   without it, a registry that is put into Minikube
  --dry-run        print the commands, and do nothing
  --help           print this
END
}

parse() {
  while [[ $# -gt 0 ]]; do
    case $1 in
      --context | --registry)
        [[ $# -gt 1 ]] || fail "$1 needs a name"
        if [[ $1 == --context ]]; then context=$2 asks=no; else registry=$2; fi
        shift
        ;;
      --yes) asks=no ;;
      --dry-run) is_dry=yes ;;
      --help)
        usage
        exit
        ;;
      *) fail "unknown option $1; --help tells the known ones" ;;
    esac
    shift
  done
}

install_all() {
  component cert-manager "$CERT_MANAGER_VERSION" install_cert_manager
  component knative-serving "$KNATIVE_SERVING_VERSION" install_serving
  component kourier-system "$KOURIER_VERSION" install_kourier
  configure_serving
  component knative-eventing "$KNATIVE_EVENTING_VERSION" install_eventing
  component kserve "$KSERVE_VERSION" install_kserve
  install_iter8
  install_prometheus
}

# --- What has to be there

missing=()

check_programs() {
  need kubectl https://kubernetes.io/docs/tasks/tools/
  need curl https://curl.se/download.html
  need node 'https://nodejs.org, version 20 or newer'
  need npm 'it comes with Node: https://nodejs.org'
  [[ -n $registry ]] || need minikube https://minikube.sigs.k8s.io/docs/start/
  has podman || need docker 'https://docs.docker.com/engine/install/ (or podman): func builds images with it'
  has_func || missing+=('  kn with func: https://knative.dev/docs/functions/install-func/')
  [[ ${#missing[@]} -eq 0 ]] || fail 'these programs are missing:' "${missing[@]}"
}

need() { # program, where to get it
  has "$1" || missing+=("  $1: $2")
}

has() {
  command -v "$1" > /dev/null
}

has_func() {
  kn func version > /dev/null 2>&1 || func version > /dev/null 2>&1
}

# From here on, every program sees one context only: kubectl, func and what npm starts.
choose_context() {
  [[ -n $context ]] || context=$(kubectl config current-context 2> /dev/null) || true
  tell "The context is ${context:-missing; start a cluster: $MINIKUBE_START}"
  [[ $is_dry == no ]] || return 0
  [[ -n $context ]] || fail 'kubectl has no current context'
  kubeconfig=$(mktemp)
  kubectl config view --minify --flatten --context "$context" > "$kubeconfig" ||
    fail "kubectl has no context $context"
  export KUBECONFIG=$kubeconfig
}

check_cluster() {
  local minor namespace
  minor=$(kubectl get --raw /version | sed -n 's/.*"minor": *"\([0-9]*\).*/\1/p') ||
    fail "the cluster of context $context does not answer"
  [[ ${minor:-0} -ge $KUBERNETES_LEAST_MINOR ]] ||
    fail "the cluster has Kubernetes 1.${minor:-?}; 1.$KUBERNETES_LEAST_MINOR is the least"
  # https://github.com/kserve/kserve/issues/5168
  [[ -z $(kubectl get crd virtualservices.networking.istio.io --ignore-not-found -o name) ]] ||
    fail 'the cluster has Istio, and KServe would not work with Kourier beside it'
  for namespace in $NAMESPACES; do
    [[ $(installed "$namespace") != nobody-knows ]] ||
      fail "namespace $namespace is there, and not from this script: install by hand what is missing, as README.md tells"
  done
}

confirm() {
  local answer
  tell "This changes the cluster at $(kubectl config view -o jsonpath='{.clusters[0].cluster.server}')."
  [[ $asks == yes ]] || return 0
  read -r -p 'Go on? [y/N] ' answer || true
  [[ ${answer:-n} == [yY]* ]] || fail 'nothing was changed; with --yes or --context NAME there is no question'
}

# --- Components

# Installs a component into its own namespace, unless that was done before in the same version.
component() { # namespace, version, what installs it
  tell "$1 $2"
  if [[ $is_dry == no && $(installed "$1") == "$2" ]]; then
    tell 'It is there.'
    return
  fi
  if [[ $is_dry == yes || -z $(installed "$1") ]]; then
    run kubectl create namespace "$1" --save-config
  fi
  mark "$1" unfinished
  "$3"
  mark "$1" "$2"
}

# The version that this script installed into a namespace; nothing where there is no such namespace.
installed() { # namespace
  local found
  found=$(kubectl get namespace "$1" --ignore-not-found -o 'jsonpath={.metadata.name}={.metadata.annotations.iter8\.tools/installed}')
  if [[ $found == "$1=" ]]; then echo nobody-knows; else echo "${found#"$1="}"; fi
}

mark() { # namespace, version
  run kubectl annotate namespace "$1" "iter8.tools/installed=$2" --overwrite
}

install_cert_manager() {
  apply "$GITHUB/cert-manager/cert-manager/releases/download/$CERT_MANAGER_VERSION/cert-manager.yaml"
  wait_for_deployments cert-manager
}

install_serving() {
  local from=$GITHUB/knative/serving/releases/download/knative-$KNATIVE_SERVING_VERSION
  apply "$from/serving-crds.yaml"
  wait_for_definitions
  apply "$from/serving-core.yaml"
  wait_for_deployments knative-serving
}

install_kourier() {
  apply "$GITHUB/knative-extensions/net-kourier/releases/download/knative-$KOURIER_VERSION/kourier.yaml"
  wait_for_deployments kourier-system
  wait_for_deployments knative-serving
}

# Routes go through Kourier, under a domain that is served to the outside, and requests are measured.
configure_serving() {
  tell 'The configuration of Knative Serving'
  configure config-network '{"ingress-class":"kourier.ingress.networking.knative.dev"}'
  configure config-domain '{"example.com":""}'
  configure config-observability '{"request-metrics-protocol":"prometheus"}'
  # Knative itself cannot reach what the nodes know as localhost.
  [[ -n $registry ]] || configure config-deployment \
    '{"registries-skipping-tag-resolving":"kind.local,ko.local,dev.local,localhost:5000"}'
}

configure() { # ConfigMap of Knative Serving, data
  patiently run kubectl patch configmap "$1" -n knative-serving --type merge -p "{\"data\":$2}"
}

install_eventing() {
  local from=$GITHUB/knative/eventing/releases/download/knative-$KNATIVE_EVENTING_VERSION
  apply "$from/eventing-crds.yaml"
  wait_for_definitions
  apply "$from/eventing-core.yaml"
  apply "$from/in-memory-channel.yaml"
  apply "$from/mt-channel-broker.yaml"
  wait_for_deployments knative-eventing
}

# Server-side, because KServe's definitions are too large for kubectl's annotation.
install_kserve() {
  local from=$GITHUB/kserve/kserve/releases/download/$KSERVE_VERSION
  local apply='kubectl apply --server-side -f -'
  patiently run kubectl apply --server-side -f "$from/kserve-crds.yaml"
  wait_for_definitions
  # There is no Istio here.
  patiently shell "curl -fsSL $from/kserve.yaml | sed 's/\"disableIstioVirtualHost\": false/\"disableIstioVirtualHost\": true/' | $apply"
  wait_for Available -n kserve deployment/kserve-controller-manager
  # The model servers alone: the rest of the file is for language models.
  patiently shell "curl -fsSL $from/kserve-cluster-resources.yaml | awk 'BEGIN { RS = ORS = \"---\\n\" } /kind: ClusterServingRuntime\\n/' | $apply"
}

# The functions get a new revision with each deployment, so it is not done twice with the same sources.
install_iter8() {
  tell 'iter8-kserve'
  if [[ $is_dry == no && $(installed iter8-system) == "$(sources)" ]]; then
    tell 'It is there, made from these sources.'
    return
  fi
  run npm ci
  [[ -n $registry ]] || open_minikube_registry
  run npm run deploy -- --registry "${registry:-$MINIKUBE_REGISTRY}"
  wait_for Ready -n iter8-system services.serving.knative.dev --all
  mark iter8-system "$(sources)"
}

# A number that stands for what is deployed. func itself writes into func.yaml, before this is kept.
sources() {
  {
    echo "$registry"
    find functions eventing package-lock.json -type f ! -name index.mjs \
      ! -path '*/node_modules/*' ! -path '*/.func/*' -exec cksum {} + | sort
  } | cksum | cut -d ' ' -f 1
}

# Makes the registry in Minikube answer here under the name by which Minikube's nodes know it.
open_minikube_registry() {
  run minikube addons enable registry --profile "${context:-minikube}"
  wait_for Ready -n kube-system pod -l kubernetes.io/minikube-addons=registry
  echo '> kubectl port-forward -n kube-system service/registry 5000:80 &'
  [[ $is_dry == no ]] || return 0
  kubectl port-forward -n kube-system service/registry 5000:80 > /dev/null &
  forward=$!
  patiently registry_answers
}

registry_answers() {
  kill -0 "$forward" 2> /dev/null || fail "port 5000 is taken; free it, or give --registry"
  curl -fsS -o /dev/null "http://localhost:5000/v2/"
}

install_prometheus() {
  tell "Prometheus and the metric pack $METRICS_PACK"
  shell "sed 's|image: quay.io/prometheus/prometheus\$|&:$PROMETHEUS_VERSION|' samples/quickstart/prometheus.yaml | kubectl apply -f -"
  wait_for Available -n iter8-system deployment/prometheus
  run kubectl apply -k "samples/metrics/$METRICS_PACK"
}

# --- Tools

apply() { # address of a manifest
  patiently run kubectl apply -f "$1"
}

# A new definition has no conditions yet, which kubectl wait takes for an error.
wait_for_definitions() {
  tell 'Waiting until the API server knows the new kinds'
  patiently run kubectl wait --for=condition=Established --timeout=60s crd --all
}

wait_for_deployments() { # namespace
  wait_for Available -n "$1" deployment --all
}

wait_for() { # condition, then whose, as kubectl wait takes it
  local condition=$1
  shift
  tell "Waiting at most $TIMEOUT until $condition: $*"
  run kubectl wait --for="condition=$condition" --timeout="$TIMEOUT" "$@" ||
    fail "not $condition after $TIMEOUT: $*" "kubectl get pods -A and kubectl get events -A tell more; to go on, start this script again."
}

# Webhooks answer a moment later than their Deployments say.
patiently() { # command
  local attempt
  for attempt in 1 2 3 4 5; do
    if "$@"; then return; fi
    tell "Attempt $attempt of 5 failed."
    sleep 10
  done
  fail "gave up: $*"
}

run() { # command
  show "$@"
  [[ $is_dry == yes ]] || "$@"
}

shell() { # commands with pipes
  echo "> $1"
  [[ $is_dry == yes ]] || bash -o pipefail -c "$1"
}

# Prints a command so that it can be copied.
show() { # command
  local word line='>'
  for word in "$@"; do
    if [[ $word =~ [^A-Za-z0-9_./:=@,-] ]]; then word="'$word'"; fi
    line+=" $word"
  done
  echo "$line"
}

tell() {
  echo "$*"
}

fail() { # lines
  printf '%s\n' "$@" >&2
  exit 1
}

clean_up() {
  [[ -z $forward ]] || kill "$forward" 2> /dev/null || true
  [[ -z $kubeconfig ]] || rm -f "$kubeconfig"
}

main "$@"

"""The built-in kinds, one line each, in the order in which discovery lists them."""

from __future__ import annotations

from demo.cluster.kinds import ALL_VERBS, Kind, Subresource

# group/version plural Kind scope(N|C) short names, categories, subresources; "-" is none.
# A subresource may name what it answers and its verbs: name[=group/version/Kind][:verb+verb].
TABLE = """
v1 bindings Binding N - - - create
v1 componentstatuses ComponentStatus C cs - - get+list
v1 configmaps ConfigMap N cm - -
v1 endpoints Endpoints N ep - -
v1 events Event N ev - -
v1 limitranges LimitRange N limits - -
v1 namespaces Namespace C ns - finalize:update,status create+delete+get+list+patch+update+watch
v1 nodes Node C no - proxy=//NodeProxyOptions:create+delete+get+patch+update,status
v1 persistentvolumeclaims PersistentVolumeClaim N pvc - status
v1 persistentvolumes PersistentVolume C pv - status
v1 pods Pod N po all attach=//PodAttachOptions:create+get,binding=//Binding:create,ephemeralcontainers,\
eviction=policy/v1/Eviction:create,exec=//PodExecOptions:create+get,log:get,\
portforward=//PodPortForwardOptions:create+get,proxy=//PodProxyOptions:create+delete+get+patch+update,\
resize,status
v1 podtemplates PodTemplate N - - -
v1 replicationcontrollers ReplicationController N rc all scale=autoscaling/v1/Scale,status
v1 resourcequotas ResourceQuota N quota - status
v1 secrets Secret N - - -
v1 serviceaccounts ServiceAccount N sa - token=authentication.k8s.io/v1/TokenRequest:create
v1 services Service N svc all proxy=//ServiceProxyOptions:create+delete+get+patch+update,status
apiregistration.k8s.io/v1 apiservices APIService C - api-extensions status
apps/v1 controllerrevisions ControllerRevision N - - -
apps/v1 daemonsets DaemonSet N ds all status
apps/v1 deployments Deployment N deploy all scale=autoscaling/v1/Scale,status
apps/v1 replicasets ReplicaSet N rs all scale=autoscaling/v1/Scale,status
apps/v1 statefulsets StatefulSet N sts all scale=autoscaling/v1/Scale,status
events.k8s.io/v1 events Event N ev - -
authentication.k8s.io/v1 selfsubjectreviews SelfSubjectReview C - - - create
authentication.k8s.io/v1 tokenreviews TokenReview C - - - create
authorization.k8s.io/v1 localsubjectaccessreviews LocalSubjectAccessReview N - - - create
authorization.k8s.io/v1 selfsubjectaccessreviews SelfSubjectAccessReview C - - - create
authorization.k8s.io/v1 selfsubjectrulesreviews SelfSubjectRulesReview C - - - create
authorization.k8s.io/v1 subjectaccessreviews SubjectAccessReview C - - - create
autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler N hpa all status
autoscaling/v1 horizontalpodautoscalers HorizontalPodAutoscaler N hpa all status
batch/v1 cronjobs CronJob N cj all status
batch/v1 jobs Job N - all status
certificates.k8s.io/v1 certificatesigningrequests CertificateSigningRequest C csr - approval,status
networking.k8s.io/v1 ingressclasses IngressClass C - - -
networking.k8s.io/v1 ingresses Ingress N ing - status
networking.k8s.io/v1 ipaddresses IPAddress C ip - -
networking.k8s.io/v1 networkpolicies NetworkPolicy N netpol - -
networking.k8s.io/v1 servicecidrs ServiceCIDR C - - status
policy/v1 poddisruptionbudgets PodDisruptionBudget N pdb - status
rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding C - - -
rbac.authorization.k8s.io/v1 clusterroles ClusterRole C - - -
rbac.authorization.k8s.io/v1 rolebindings RoleBinding N - - -
rbac.authorization.k8s.io/v1 roles Role N - - -
storage.k8s.io/v1 csidrivers CSIDriver C - - -
storage.k8s.io/v1 csinodes CSINode C - - -
storage.k8s.io/v1 csistoragecapacities CSIStorageCapacity N - - -
storage.k8s.io/v1 storageclasses StorageClass C sc - -
storage.k8s.io/v1 volumeattachments VolumeAttachment C - - status
storage.k8s.io/v1 volumeattributesclasses VolumeAttributesClass C vac - -
admissionregistration.k8s.io/v1 mutatingadmissionpolicies MutatingAdmissionPolicy C - api-extensions -
admissionregistration.k8s.io/v1 mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding C - \
api-extensions -
admissionregistration.k8s.io/v1 mutatingwebhookconfigurations MutatingWebhookConfiguration C - \
api-extensions -
admissionregistration.k8s.io/v1 validatingadmissionpolicies ValidatingAdmissionPolicy C - \
api-extensions status
admissionregistration.k8s.io/v1 validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding C - \
api-extensions -
admissionregistration.k8s.io/v1 validatingwebhookconfigurations ValidatingWebhookConfiguration C - \
api-extensions -
apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition C crd,crds api-extensions status
scheduling.k8s.io/v1 priorityclasses PriorityClass C pc - -
coordination.k8s.io/v1 leases Lease N - - -
node.k8s.io/v1 runtimeclasses RuntimeClass C - - -
discovery.k8s.io/v1 endpointslices EndpointSlice N - - -
resource.k8s.io/v1 deviceclasses DeviceClass C - - -
resource.k8s.io/v1 resourceclaims ResourceClaim N - - status
resource.k8s.io/v1 resourceclaimtemplates ResourceClaimTemplate N - - -
resource.k8s.io/v1 resourceslices ResourceSlice C - - -
flowcontrol.apiserver.k8s.io/v1 flowschemas FlowSchema C - - status
flowcontrol.apiserver.k8s.io/v1 prioritylevelconfigurations PriorityLevelConfiguration C - - status
"""


def _words(text: str) -> tuple[str, ...]:
    return () if text == "-" else tuple(text.split(","))


def _subresource(text: str, kind: str) -> Subresource:
    head, _, verbs = text.partition(":")
    name, _, answer = head.partition("=")
    group, version, answered = answer.split("/") if answer else ("", "", kind)
    chosen = tuple(verbs.split("+")) if verbs else ("get", "patch", "update")
    return Subresource(name, answered, chosen, group, version)


def builtin_kinds() -> list[Kind]:
    """List the kinds that every cluster serves."""
    kinds = []
    for line in TABLE.strip().splitlines():
        api, plural, kind, scope, short, categories, subs, *verbs = line.split()
        group, _, version = api.rpartition("/")
        kinds.append(
            Kind(
                group,
                version,
                plural,
                kind,
                scope == "N",
                _words(short),
                _words(categories),
                tuple(_subresource(text, kind) for text in _words(subs)),
                tuple(verbs[0].split("+")) if verbs else ALL_VERBS,
                singular=kind.lower(),
            )
        )
    return kinds

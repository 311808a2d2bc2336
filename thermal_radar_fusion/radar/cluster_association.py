"""The paper's way: DBSCAN, re-clustering of nearby subjects (algorithm 1), then NN-JPDA.

Where milliTRACE-IR says nothing, these choices are ours: how the covariance of a cluster of few
points is kept from vanishing (`body_shape`), how thin a component of the mixture may become
(`ClusteringParameters.least_std`), how far off the centroid of a cluster is taken to be
(`AssociationParameters.cluster_error`) and where a person may be born (`newcomers`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.association import Association, Prediction
from thermal_radar_fusion.radar.cloud import Cloud
from thermal_radar_fusion.radar.clustering import NOISE, dbscan, fit_mixture, groups
from thermal_radar_fusion.radar.data_association import AssociationParameters, associate_clusters
from thermal_radar_fusion.radar.kalman import FilterParameters, centroid_noise

Array = NDArray[np.float64]
Labels = NDArray[np.intp]


@dataclass(frozen=True)
class ClusteringParameters(Parameters):
    """Algorithm 1 of milliTRACE-IR, section IV-D.

    The defaults are the paper's but for `body_std` and `least_std`, of which it says nothing.
    """

    radius: float = parameter(0.4, 'epsilon of DBSCAN', unit='m', low=0.01, high=10.0)
    min_points: int = parameter(
        10, 'm_pts of DBSCAN: points within the radius of a core point', low=1, high=1000
    )
    nearby_distance: float = parameter(
        1.2, 'd_th: tracks nearer than this are clustered again', unit='m', low=0.0, high=10.0
    )
    region_gate: float = parameter(
        9.21, 'gamma: squared Mahalanobis distance of the region of a track', low=0.0
    )
    body_std: float = parameter(
        0.12,
        "added to the spread of a track's last cluster: a few points understate a body",
        unit='m',
        low=0.001,
        high=1.0,
    )
    least_std: float = parameter(
        0.05,
        'components of the mixture are at least so wide',
        unit='m',
        low=0.001,
        high=1.0,
    )
    least_weight: float = parameter(
        0.1, 'pi_thr times n_G: components with less weight are noise', low=0.0, high=1.0
    )


class ClusterAssociation:
    """Whole clusters given to tracks; a point belongs to one track or to none."""

    def __init__(
        self,
        clustering: ClusteringParameters | None = None,
        association: AssociationParameters | None = None,
        filter_parameters: FilterParameters | None = None,
    ) -> None:
        self.clustering = clustering or ClusteringParameters()
        self.association = association or AssociationParameters()
        self.filter = filter_parameters or FilterParameters()

    def associate(self, cloud: Cloud, predictions: Sequence[Prediction]) -> Association:
        """Cluster the points of one frame and give each predicted track at most one cluster."""
        clusters = groups(cluster_near_tracks(cloud.positions, predictions, self.clustering))
        centroids = [cloud.positions[cluster].mean(axis=0) for cluster in clusters]
        error = self.association.cluster_error**2 * np.eye(2)
        noises = [centroid_noise(len(cluster), self.filter) + error for cluster in clusters]
        choice = associate_clusters(
            [prediction.state for prediction in predictions],
            np.array(centroids).reshape(-1, 2),
            np.array(noises).reshape(-1, 2, 2),
            self.association,
        )
        responsibilities = np.zeros((len(predictions), len(cloud)))
        for track in np.flatnonzero(choice >= 0):
            responsibilities[track, clusters[choice[track]]] = 1.0
        free = [clusters[index] for index in sorted(set(range(len(clusters))) - set(choice))]
        births = newcomers(cloud.positions, free, predictions, self.association.birth_distance)
        return Association(responsibilities, births)


def newcomers(
    positions: Array,
    clusters: Sequence[Labels],
    predictions: Sequence[Prediction],
    distance: float,
) -> tuple[Labels, ...]:
    """Return the clusters whose centroid is farther than `distance` from every track.

    The paper does not say where tracks begin. A cluster beside a track is most often that
    track's person: were somebody born there, the newcomer could take the clusters of the
    established track, which may die of it.
    """
    means = np.array([prediction.state.mean[:2] for prediction in predictions]).reshape(-1, 2)
    offsets = [positions[cluster].mean(axis=0) - means for cluster in clusters]
    far = [(np.linalg.norm(offset, axis=1) > distance).all() for offset in offsets]
    return tuple(cluster for cluster, is_far in zip(clusters, far, strict=True) if is_far)


def cluster_near_tracks(
    positions: Array, predictions: Sequence[Prediction], parameters: ClusteringParameters
) -> Labels:
    """Label points (N, 2) by DBSCAN, and again by a mixture where tracks are near each other.

    Algorithm 1. The mixture starts at the predicted positions, with the shape of each track's
    body (`body_shape`). Labels are 0.. or NOISE; their order means nothing.
    """
    labels = dbscan(positions, parameters.radius, parameters.min_points)
    for group in nearby_groups(predictions, parameters.nearby_distance):
        if len(group) > 1:
            _recluster(positions, labels, [predictions[track] for track in group], parameters)
    return np.unique(np.append(labels, NOISE), return_inverse=True)[1].reshape(-1)[:-1] - 1


def nearby_groups(predictions: Sequence[Prediction], distance: float) -> tuple[Labels, ...]:
    """Return the groups of tracks that hang together by steps shorter than `distance`."""
    if not predictions:
        return ()
    means = np.array([prediction.state.mean[:2] for prediction in predictions])
    near = np.linalg.norm(means[:, None] - means[None], axis=2) < distance
    return groups(connected_components(near, directed=False)[1].astype(np.intp))


def in_region(
    positions: Array, predictions: Sequence[Prediction], parameters: ClusteringParameters
) -> NDArray[np.bool_]:
    """Tell which positions (N, 2) lie in R(G), the union over tracks of circle and ellipse."""
    inside = np.zeros(len(positions), dtype=bool)
    for prediction in predictions:
        offsets = positions - prediction.state.mean[:2]
        precision = np.linalg.inv(body_shape(prediction, parameters))
        squares = np.einsum('ni,ij,nj->n', offsets, precision, offsets)
        near = (offsets**2).sum(axis=1) < parameters.nearby_distance**2
        inside |= near & (squares < parameters.region_gate)
    return inside


def body_shape(prediction: Prediction, parameters: ClusteringParameters) -> Array:
    """Return the (2, 2) covariance of a person's points about the prediction [m^2].

    The paper takes the sample covariance of the last cluster. Of a handful of points that is
    far too small, and one such cluster would do harm for good: the ellipse of `in_region`
    would hold the centroid of no merged cluster, nothing would be clustered again, and the next
    covariance would be that of the wrong cluster. A body's variance is added.
    """
    return prediction.spread + parameters.body_std**2 * np.eye(2)


def _recluster(
    positions: Array, labels: Labels, group: list[Prediction], parameters: ClusteringParameters
) -> None:
    """Replace, in place, the labels of the clusters in R(G) by those of a mixture."""
    names = np.unique(labels[labels != NOISE])
    centroids = np.array([positions[labels == name].mean(axis=0) for name in names])
    inside = in_region(centroids.reshape(-1, 2), group, parameters)
    chosen = np.flatnonzero(np.isin(labels, names[inside]))
    if len(chosen) < len(group):
        return
    mixture = fit_mixture(
        positions[chosen],
        np.array([prediction.state.mean[:2] for prediction in group]),
        np.array([body_shape(prediction, parameters) for prediction in group]),
        regularisation=parameters.least_std**2,
    )
    kept = mixture.weights[mixture.labels] >= parameters.least_weight / len(group)
    labels[chosen] = np.where(kept, labels.max() + 1 + mixture.labels, NOISE)

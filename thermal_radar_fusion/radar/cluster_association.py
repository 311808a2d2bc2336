"""The paper's way: DBSCAN, re-clustering of nearby subjects (algorithm 1), then NN-JPDA."""

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

_LEAST_VARIANCE = 1e-4


@dataclass(frozen=True)
class ClusteringParameters(Parameters):
    """Algorithm 1 of milliTRACE-IR, section IV-D; the defaults are the paper's."""

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
        noises = [centroid_noise(len(cluster), self.filter) for cluster in clusters]
        choice = associate_clusters(
            [prediction.state for prediction in predictions],
            np.array(centroids).reshape(-1, 2),
            np.array(noises).reshape(-1, 2, 2),
            self.association,
        )
        responsibilities = np.zeros((len(predictions), len(cloud)))
        for track in np.flatnonzero(choice >= 0):
            responsibilities[track, clusters[choice[track]]] = 1.0
        free = set(range(len(clusters))) - set(choice)
        return Association(responsibilities, tuple(clusters[index] for index in sorted(free)))


def cluster_near_tracks(
    positions: Array, predictions: Sequence[Prediction], parameters: ClusteringParameters
) -> Labels:
    """Label points (N, 2) by DBSCAN, and again by a mixture where tracks are near each other.

    Algorithm 1. The mixture starts at the predicted positions, with the covariance of each
    track's last cluster. Labels are 0.. or NOISE; their order means nothing.
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
        precision = np.linalg.inv(prediction.spread + _LEAST_VARIANCE * np.eye(2))
        squares = np.einsum('ni,ij,nj->n', offsets, precision, offsets)
        near = (offsets**2).sum(axis=1) < parameters.nearby_distance**2
        inside |= near & (squares < parameters.region_gate)
    return inside


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
        np.array([prediction.spread + _LEAST_VARIANCE * np.eye(2) for prediction in group]),
        regularisation=_LEAST_VARIANCE,
    )
    kept = mixture.weights[mixture.labels] >= parameters.least_weight / len(group)
    labels[chosen] = np.where(kept, labels.max() + 1 + mixture.labels, NOISE)

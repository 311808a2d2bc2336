"""Deployments from YAML, and the node graph that they mean."""

import numpy as np
import pytest
import yaml

from thermal_radar_fusion.deployment import (
    Deployment,
    load_deployment,
    node_specs,
    parse_deployment,
    simulator_spec,
)
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.radar.cloud_fields import IngestParameters
from thermal_radar_fusion.radar.tracker import TrackerParameters
from thermal_radar_fusion.resources import resource

FULL = """
frame: floor
rooms:
  lab:
    area:
      bounds: [[0, 0], [7, 0], [7, 4], [0, 4]]
      exclusion_zones: [[[1, 1], [2, 1], [2, 2]]]
    tracker:
      preset: paper_sparse
      filter: {acceleration_density: 2}
  hall:
radars:
  north: {room: lab, mounting: {x: 1, y: 2, z: 1.5, yaw: 3}, ingest: {topic: /north/points}}
  south: {room: hall, ingest: {source: ti_uart, data_port: /dev/ttyACM0}}
contacts: {begin_distance: 1}
"""


@pytest.fixture
def load(tmp_path):
    """Return a function that loads a text as a deployment file."""

    def load_text(text):
        path = tmp_path / 'site.yaml'
        path.write_text(text)
        return load_deployment(path)

    return load_text


def test_everything_is_read(load):
    deployment = load(FULL)
    assert deployment.frame == 'floor'
    lab = deployment.rooms['lab']
    assert lab.tracker.method == 'paper'
    assert lab.tracker.clustering.min_points == 5
    assert lab.tracker.filter.acceleration_density == 2.0
    assert deployment.rooms['hall'].tracker == TrackerParameters()
    assert lab.area.contains([(3.0, 3.0), (1.8, 1.2), (8.0, 1.0)]).tolist() == [True, False, False]
    assert deployment.radars['south'].ingest.data_port == '/dev/ttyACM0'
    assert deployment.contacts.begin_distance == 1.0
    assert list(deployment.mountings('lab')) == ['north']
    turned = deployment.mountings('lab')['north'].apply([1.0, 0.0, 0.0])
    assert turned == pytest.approx([1 + np.cos(3), 2 + np.sin(3), 1.5])


def test_shipped_files_are_valid():
    names = [path.name for path in resource('config').glob('*.yaml')]
    assert {'single_radar.yaml', 'two_radars_facing.yaml', 'demo.yaml'} <= set(names)
    for name in names:
        assert node_specs(load_deployment(resource(f'config/{name}')))


def test_facing_radars_look_at_each_other():
    deployment = load_deployment(resource('config/two_radars_facing.yaml'))
    near, far = (pose.apply([4.0, 0.0, 0.0]) for pose in deployment.mountings('hall').values())
    assert np.linalg.norm(near - far) < 0.6
    assert {radar.room for radar in deployment.radars.values()} == {'hall'}


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('', ['rooms must name at least one room']),
        ('sensors: 1', ["unknown key 'sensors'", 'rooms, radars']),
        ('rooms: {a: }\nradars:\n  r: {room: a}\n  r: {room: a}', ["line 4: 'r' is given twice"]),
        ('rooms: {a: , a: }', ["'a' is given twice"]),
        ('rooms: {a: }\nradars: {r: {room: b}}', ["radars.r: unknown room 'b'; known are a"]),
        ('rooms: {a: }\nradars: {r: {}}', ['radars.r: room must name']),
        ('rooms: {a: }\nradars: {r: {room: a, port: 1}}', ["radars.r: unknown key 'port'"]),
        ('rooms: {a: {area: {bounds: [[1, 2]]}}}', ['rooms.a: area: bounds', 'three']),
        ('rooms: {a: {area: {bounds: 7}}}', ['rooms.a: area: bounds']),
        ('rooms: {a: {area: {exclusion_zones: 7}}}', ['exclusion_zones must be a list']),
        ('rooms: {a: {tracker: {life_cycle: {coast_time: -1}}}}', ['coast_time must lie in']),
        ('rooms: {a: {tracker: {life_cycle: {cost: 1}}}}', ["unknown parameter 'cost'"]),
        ('rooms: {a: {tracker: {life_cycle: 3}}}', ['life_cycle must be']),
        ('rooms: {a: {tracker: {preset: x}}}', ["unknown preset 'x'"]),
        ('rooms: {a: {tracker: [1]}}', ['tracker must be a mapping']),
        ('rooms: {1a: }', ['is no ROS name']),
        ('rooms: {a: }\nradars: {r: {room: a, mounting: {yaw: 180}}}', ['yaw must lie in']),
        ('rooms: {a: }\ncontacts: {begin_distance: 3}', ['contacts: end_distance']),
        ('rooms: {a: }\nframe: /map', ['frame must be']),
        ('rooms: [a', ['line 1: not YAML']),
        ('rooms: {a: }\n\x00', ['not YAML']),
        ('- a', ['must be a mapping']),
    ],
)
def test_mistakes_are_one_clear_line_with_the_file(load, text, words):
    with pytest.raises(ParameterError) as caught:
        load(text)
    line = str(caught.value)
    assert 'site.yaml: ' in line
    assert '\n' not in line
    for word in words:
        assert word in line


def test_files_that_cannot_be_read(tmp_path):
    binary = tmp_path / 'binary.yaml'
    binary.write_bytes(bytes(range(128, 256)))
    for path in (tmp_path / 'none.yaml', tmp_path, binary):
        with pytest.raises(ParameterError, match=path.name):
            load_deployment(path)


def test_graph_of_a_deployment(load):
    graph = node_specs(load(FULL), namespace='site')
    assert [(spec.executable, spec.namespace) for spec in graph] == [
        ('radar_ingest', '/site/lab'),
        ('radar_ingest', '/site/hall'),
        ('radar_tracker', '/site/lab'),
        ('radar_tracker', '/site/hall'),
        ('contact_tracer', '/site'),
        ('visualizer', '/site'),
    ]
    specs = {spec.name: spec for spec in graph}
    assert specs['north_ingest'].parameters['frame_id'] == 'north'
    assert specs['north_ingest'].parameters['topic'] == '/north/points'
    assert specs['contact_tracer'].parameters['rooms'] == ['lab', 'hall']
    assert specs['visualizer'].parameters['area.lab.bounds'] == [0, 0, 7, 0, 7, 4, 0, 4]


def test_tracker_gets_parameters_area_and_mountings(load):
    trackers = [spec for spec in node_specs(load(FULL)) if spec.executable == 'radar_tracker']
    parameters = trackers[0].parameters
    assert parameters['radars'] == ['north']
    assert parameters['mounting.north.yaw'] == 3.0
    assert parameters['area.exclusion_zones'] == ['zone_0']
    assert parameters['area.zone_0'] == [1, 1, 2, 1, 2, 2]
    assert parameters['filter.acceleration_density'] == 2.0
    assert not parameters['use_sim_time']


def test_choices_of_the_graph(load):
    deployment = load(FULL)
    specs = node_specs(deployment, ingest=False, visualizer=False, use_sim_time=True)
    assert {spec.executable for spec in specs} == {'radar_tracker', 'contact_tracer'}
    assert all(spec.parameters['use_sim_time'] for spec in specs)
    assert {spec.namespace for spec in specs} == {'/lab', '/hall', '/'}


def test_no_parameter_is_an_empty_list():
    # ROS cannot tell the type of an empty list.
    for spec in node_specs(Deployment.default()):
        assert [] not in spec.parameters.values()


def test_command_line_carries_every_parameter(load):
    for spec in node_specs(load(FULL)):
        words = spec.ros_arguments()
        assert words[:3] == ['--ros-args', '-r', f'__node:={spec.name}']
        given = dict(words[i + 1].split(':=', 1) for i, w in enumerate(words) if w == '-p')
        assert {name: yaml.safe_load(value) for name, value in given.items()} == spec.parameters


def test_simulator_publishes_truth_beside_the_people():
    radar = Deployment.default('lab').radars['radar']
    spec = simulator_spec(radar, namespace='site')
    assert spec.namespace == '/site/lab'
    assert spec.remappings == (('ground_truth', '/site/ground_truth'),)
    assert 'ground_truth:=/site/ground_truth' in spec.ros_arguments()


def test_defaults():
    deployment = Deployment.default()
    assert list(deployment.rooms) == ['room']
    assert deployment.radars['radar'].ingest == IngestParameters()
    assert np.array_equal(deployment.mountings('room')['radar'].rotation, np.eye(3))
    assert list(Deployment.of_rooms(['b', 'a', 'b']).rooms) == ['a', 'b']
    assert parse_deployment({'rooms': {'a': None}}).frame == 'map'

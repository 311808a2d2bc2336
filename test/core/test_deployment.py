"""Deployments from YAML, and the node graph that they mean."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from thermal_radar_fusion.bags import BagWriter, open_bag, write_recording
from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.deployed_identification import ways_from_flat
from thermal_radar_fusion.deployment import (
    Deployment,
    load_deployment,
    parse_deployment,
    recorded_deployment,
)
from thermal_radar_fusion.node_specs import node_specs
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.radar.cloud_fields import IngestParameters
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.tracker import TrackerParameters
from thermal_radar_fusion.resources import resource
from thermal_radar_fusion.simulation.scenario import load_scenario

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
        ('reidentifier', '/site'),
        ('contact_tracer', '/site'),
        ('visualizer', '/site'),
    ]
    specs = {spec.name: spec for spec in graph}
    assert specs['north_ingest'].parameters['frame_id'] == 'north'
    assert specs['north_ingest'].parameters['topic'] == '/north/points'
    assert specs['contact_tracer'].parameters['rooms'] == ['lab', 'hall']
    assert specs['visualizer'].parameters['area.lab.bounds'] == [0, 0, 7, 0, 7, 4, 0, 4]


IDENTIFICATION = """
reidentification:
  wait: 0.5
  decision: {confidence: 0.95, open_set: {newcomers: 0.2}}
  gallery: {file: /var/lib/site/gallery.npz, bounds: {people: 7}}
  ways: [{rooms: [lab, hall], seconds: 3}]
"""


def test_people_are_recognised_as_the_file_says(load):
    deployment = load(FULL + IDENTIFICATION)
    (spec,) = [s for s in node_specs(deployment) if s.executable == 'reidentifier']
    assert spec.parameters['rooms'] == ['lab', 'hall']
    assert spec.parameters['decision.open_set.newcomers'] == 0.2
    assert spec.parameters['gallery.bounds.people'] == 7
    identification = deployment.identification
    assert identification.travel_times.seconds('hall', 'lab') == 3.0
    assert identification.parameters.gallery.path == Path('/var/lib/site/gallery.npz')
    assert deployment.with_gallery(None).identification.parameters.gallery.path is None
    ways = ways_from_flat(spec.parameters['ways.rooms'], spec.parameters['ways.seconds'])
    assert ways == identification.ways


def test_nobody_is_recognised_where_that_is_not_wanted(load):
    deployment = load(FULL + 'reidentification: false')
    assert deployment.identification is None
    assert deployment.with_gallery(Path('g')).identification is None
    assert 'reidentifier' not in [spec.executable for spec in node_specs(deployment)]
    assert load(FULL + 'reidentification: true').identification == load(FULL).identification


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('{decision: {windows: 3}}', ['reidentification: decision: unknown parameter']),
        ('{gallery: {save_period: 0}}', ['gallery: save_period must lie in']),
        ('{ways: [{rooms: [lab, attic], seconds: 3}]}', ['ways: unknown room', 'attic']),
        ('{ways: [{rooms: [lab, lab], seconds: 3}]}', ['ways: a way must lead']),
        ('{ways: [{rooms: [lab, hall], seconds: 0}]}', ['must take some seconds']),
        ('{ways: [{rooms: [lab, hall]}]}', ['a way must be']),
        ('{ways: [{rooms: lab, seconds: 1}]}', ['a way must be']),
        ('{ways: {lab: hall}}', ['ways: must be a list']),
        ('{ways: [lab]}', ['a way must be a mapping']),
        ('3', ['must be a mapping']),
    ],
)
def test_mistakes_in_recognition_are_one_clear_line(load, content, words):
    with pytest.raises(ParameterError) as caught:
        load(FULL + f'reidentification: {content}')
    assert '\n' not in str(caught.value)
    assert 'reidentification: ' in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_flat_ways_need_two_rooms_each():
    with pytest.raises(ParameterError, match='two rooms for each'):
        ways_from_flat(['lab', 'hall', 'lab'], [3.0])


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
    assert {spec.executable for spec in specs} == {
        'radar_tracker',
        'reidentifier',
        'contact_tracer',
    }
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


SIMULATED = """
simulation: {scenario: two_rooms, seed: 3, sensors: [radar, lowres_ir], set: [people.count=2]}
rooms: {office: {tracker: {preset: paper}}}
contacts: {begin_distance: 1}
"""


def test_rooms_and_radars_of_a_simulation_are_the_scenarios(load):
    deployment = load(SIMULATED)
    scenario = load_scenario('two_rooms')
    assert list(deployment.rooms) == list(scenario.plan.rooms)
    assert deployment.rooms['office'].tracker.method == 'paper'
    assert deployment.rooms['workshop'].tracker == TrackerParameters()
    assert deployment.contacts.begin_distance == 1.0
    for name, radar in scenario.radars.items():
        assert deployment.radars[name].room == radar.room
        assert deployment.radars[name].pose == radar.pose
    for name, corners in scenario.plan.rooms.items():
        np.testing.assert_array_equal(deployment.rooms[name].area.bounds, corners)


def test_one_node_stands_in_for_all_sensors_of_a_simulation(load):
    first, *others = node_specs(load(SIMULATED), namespace='site')
    assert (first.executable, first.namespace) == ('simulator', '/site')
    assert first.parameters['scenario'] == 'two_rooms'
    assert first.parameters['seed'] == 3
    assert first.parameters['sensors'] == ['radar', 'lowres_ir']
    assert first.parameters['set'] == ['people.count=2']
    assert 'radar_ingest' not in {spec.executable for spec in others}
    assert 'simulator' not in {
        spec.executable for spec in node_specs(load(SIMULATED), ingest=False)
    }


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('simulation: {scenario: nowhere}', 'simulation: unknown scenario'),
        ('simulation: {scenery: free}', "simulation: unknown parameter 'scenery'"),
        ('simulation: {seed: -1}', 'simulation: seed must lie in'),
        ('simulation: {duration: -1}', 'simulation: duration must lie in'),
        ('simulation: {sensors: [sonar]}', "simulation: unknown sensor 'sonar'"),
        ('simulation: {sensors: radar}', 'simulation: sensors must be a list of words'),
        ('simulation: {set: [people.count]}', 'simulation: people.count: expected'),
        ('simulation: {set: [peple=1]}', 'simulation: free: peple: unknown key'),
        ('simulation: free', 'simulation: it must be a mapping'),
        ('simulation: {}\nradars: {a: {room: lab}}', 'radars are those of the scenario'),
        ('simulation: {}\nrooms: {attic: {}}', "rooms: unknown key 'attic'"),
        ('simulation: {}\nrooms: {lab: {speed: 1}}', "rooms.lab: unknown key 'speed'"),
    ],
)
def test_a_simulation_that_cannot_be_is_one_line(load, text, words):
    with pytest.raises(ParameterError, match=words) as caught:
        load(text)
    assert '\n' not in str(caught.value)
    assert 'site.yaml' in str(caught.value)


def test_a_bag_of_radars_alone_has_the_defaults(tmp_path):
    recording = Recording((RadarFrame(5.0, np.ones((1, 5)), 'r'),), room='hall')
    write_recording(tmp_path / 'bag', recording)
    with open_bag(tmp_path / 'bag') as bag:
        assert recorded_deployment(bag) == Deployment.of_rooms(['hall'])


def test_a_bag_brings_its_deployment(tmp_path):
    content = {'rooms': {'lab': {}}, 'radars': {'r': {'room': 'lab', 'mounting': {'x': 2.0}}}}
    with BagWriter(tmp_path / 'bag') as bag:
        bag.deployment(content)
        bag.frame('lab', RadarFrame(5.0, np.ones((1, 5)), 'r'))
    with open_bag(tmp_path / 'bag') as bag:
        deployment = recorded_deployment(bag)
    assert deployment.mountings('lab')['r'].apply([0.0, 0.0, 0.0]) == pytest.approx([2, 0, 0])


def test_a_bag_with_a_deployment_that_cannot_be_is_one_line(tmp_path):
    with BagWriter(tmp_path / 'bag') as bag:
        bag.deployment({'rooms': {'lab': {'speed': 3}}})
        bag.frame('lab', RadarFrame(5.0, np.ones((1, 5)), 'r'))
    with (
        open_bag(tmp_path / 'bag') as bag,
        pytest.raises(ParameterError, match=r'bag: its deployment: rooms\.lab: unknown key'),
    ):
        recorded_deployment(bag)


def test_defaults():
    deployment = Deployment.default()
    assert list(deployment.rooms) == ['room']
    assert deployment.radars['radar'].ingest == IngestParameters()
    assert np.array_equal(deployment.mountings('room')['radar'].rotation, np.eye(3))
    assert list(Deployment.of_rooms(['b', 'a', 'b']).rooms) == ['a', 'b']
    assert parse_deployment({'rooms': {'a': None}}).frame == 'map'

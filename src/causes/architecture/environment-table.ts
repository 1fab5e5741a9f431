/** Sizes of the spaces of the stock environments: observations and actions (Gymnasium documentation, page of each environment). */
export interface Environment {
  readonly name: string;
  readonly observations: number;
  readonly actions: number;
  readonly source: string;
}

const page = (path: string): string => `gymnasium.farama.org/environments/${path}`;

export const environments: readonly Environment[] = [
  { name: 'Pendulum-v1', observations: 3, actions: 1, source: page('classic_control/pendulum') },
  { name: 'CartPole-v1', observations: 4, actions: 2, source: page('classic_control/cart_pole') },
  { name: 'MountainCar-v0', observations: 2, actions: 3, source: page('classic_control/mountain_car') },
  { name: 'MountainCarContinuous-v0', observations: 2, actions: 1, source: page('classic_control/mountain_car_continuous') },
  { name: 'Acrobot-v1', observations: 6, actions: 3, source: page('classic_control/acrobot') },
  { name: 'LunarLander', observations: 8, actions: 4, source: page('box2d/lunar_lander') },
  { name: 'LunarLanderContinuous', observations: 8, actions: 2, source: page('box2d/lunar_lander') },
  { name: 'BipedalWalker-v3', observations: 24, actions: 4, source: page('box2d/bipedal_walker') },
  { name: 'Hopper', observations: 11, actions: 3, source: page('mujoco/hopper') },
  { name: 'HalfCheetah or Walker2d', observations: 17, actions: 6, source: page('mujoco/half_cheetah') },
  { name: 'Ant-v4', observations: 27, actions: 8, source: page('mujoco/ant') },
  { name: 'Ant-v5', observations: 105, actions: 8, source: page('mujoco/ant') },
  { name: 'Humanoid-v4', observations: 376, actions: 17, source: page('mujoco/humanoid') },
  { name: 'Swimmer', observations: 8, actions: 2, source: page('mujoco/swimmer') },
  { name: 'InvertedPendulum', observations: 4, actions: 1, source: page('mujoco/inverted_pendulum') },
];

/** Environments with these sizes; a size that the log does not tell fits any, but both unknown fit none. */
export function environmentsWith(observations: number | undefined, actions: number | undefined): readonly Environment[] {
  if (observations === undefined || actions === undefined) return [];
  return environments.filter((entry) => entry.observations === observations && entry.actions === actions);
}

/** The texts of the page of personal settings. */
export const settingsWords = {
  title: 'Settings',
  lead: 'What you choose here holds for this browser.',
  profile: {
    title: 'Profile',
    login: 'Signed in as',
    role: 'Role',
    roles: { admin: 'Administrator of this Deckhand', person: 'What you may do follows from your access on GitHub' },
    mine: 'Runs that you asked for',
    github: 'Your profile on GitHub',
  },
  appearance: {
    title: 'Appearance',
    theme: 'Theme',
    themes: {
      auto: { word: 'Automatic', hint: 'Light or dark, as your system is set.' },
      light: { word: 'Light', hint: null },
      dark: { word: 'Dark', hint: null },
    },
    colors: 'Colours',
    colorSets: {
      auto: { word: 'Standard', hint: 'High contrast if your system asks for more contrast.' },
      'high-contrast': { word: 'High contrast', hint: null },
      colorblind: { word: 'Protanopia and deuteranopia', hint: 'Red and green are told apart.' },
      tritanopia: { word: 'Tritanopia', hint: 'Blue and yellow are told apart.' },
    },
    time: 'Times',
    times: {
      relative: { word: 'Relative', hint: '“3 minutes ago” for a day, then the date.' },
      local: { word: 'Local time', hint: null },
      utc: { word: 'UTC', hint: 'As texts on GitHub have it.' },
    },
    now: 'Ten minutes ago reads as:',
  },
  notifications: {
    title: 'Notifications',
    text: 'A comment on the issue can mention you when a run that you asked for ends or needs your answer. Of a pull request that a run opens, GitHub tells you itself.',
    fixed:
      'Which of these comments are written is the operator’s setting NOTIFY: at every end (all), where a person is needed (needs-me), or none.',
    github: 'How GitHub notifies you',
  },
  shortcuts: {
    title: 'Keyboard shortcuts',
    sheet: 'Show all shortcuts',
  },
  tokens: {
    title: 'API tokens',
    lead: 'Programs sign in with these. They are set in API_TOKENS, where only their digests stand.',
    admins: 'Only an admin of this Deckhand can see the API tokens.',
    none: 'No API tokens are configured.',
    table: 'API tokens',
    columns: { name: 'Name', repositories: 'Repositories', role: 'May' },
    roles: { read: 'Read', write: 'Read and start runs', admin: 'Administer' },
    failed: 'Could not load the API tokens.',
    loading: 'the API tokens',
  },
} as const

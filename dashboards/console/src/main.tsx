/** Entry: styles, theme, then the application. */
import { render } from 'preact';
import './ui/styles/tokens.css';
import './ui/styles/base.css';
import './ui/styles/parts.css';
import './ui/styles/lists.css';
import { App } from './app.tsx';
import { startTheme } from './settings.ts';

startTheme();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);

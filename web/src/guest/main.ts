import '../styles/tokens.css';
import '../styles/base.css';
import { mount } from 'svelte';
import { takeSecret } from '../api/guest';
import Guest from './Guest.svelte';

const target = document.getElementById('app');
if (target) mount(Guest, { target, props: { secret: takeSecret(location, history) } });
